import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { trace } from "../nn/index.js";
import { runOnce } from "../nn/run.test-support.js";
import { formulaTensor, summaryOf } from "../util/formula.test-support.js";
import { formulaState } from "./fixtures.test-support.js";
import { InSPyReNet, wholeViewSize } from "./index.js";
import { RES2NET50_CHANNELS, Res2Net50 } from "./res2net.js";

const golden = JSON.parse(
  readFileSync(new URL("./pyramid-blending.golden.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly [norm: number, probe: number]>>;

const small = (blendAbove: number | false): InSPyReNet =>
  new InSPyReNet(new Res2Net50(), RES2NET50_CHANNELS, { baseSize: 64, blendAbove });

const heads = ["d3", "d2", "d1", "d0", "p2", "p1", "p0"];

async function run(model: InSPyReNet, shape: readonly number[]) {
  const state = formulaState(model, 0.8);
  const graph = trace(model, { x: { shape } }, { mode: "eval", weights: "constants", state });
  const outputs = await runOnce(graph, new Map([[graph.inputs[0]!, formulaTensor("input:blending", shape)]]));
  return new Map(graph.outputs.map(({ name }, i) => [name, outputs[i]!]));
}

test("a picture above the threshold is blended as the authors' code does", { timeout: 300_000 }, async () => {
  const outputs = await run(small(64), [1, 3, 128, 96]);
  for (const head of heads) {
    const [norm, probe] = golden[head]!;
    const [ownNorm, ownProbe] = summaryOf(head, outputs.get(head)!.data as Float32Array);
    expect(norm, head).toBeGreaterThan(0);
    expect(Math.abs(ownNorm - norm) / norm, head).toBeLessThan(5e-3);
    expect(Math.abs(ownProbe - probe) / norm, head).toBeLessThan(5e-3);
  }
});

test("details stay only in the edge band", { timeout: 300_000 }, async () => {
  const shape = [1, 3, 128, 96];
  const [blended, whole] = [await run(small(64), shape), await run(small(false), shape)];
  const [p0, own] = [blended.get("p0")!.data as Float32Array, whole.get("p0")!.data as Float32Array];
  const kept = p0.filter((x) => x !== 0).length / p0.length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(0.5);
  p0.forEach((x, i) => {
    expect(
      x === 0 || Math.abs(x - own[i]!) <= 1e-3 * Math.abs(own[i]!) || Math.abs(x) < Math.abs(own[i]!),
    ).toBe(true);
  });
});

test("the whole view: the short side limited, multiples of 32", () => {
  expect(wholeViewSize({ widthPx: 4000, heightPx: 3000 })).toEqual({ widthPx: 1696, heightPx: 1280 });
  expect(wholeViewSize({ widthPx: 640, heightPx: 480 })).toEqual({ widthPx: 640, heightPx: 480 });
  expect(wholeViewSize({ widthPx: 500, heightPx: 2001 }, 320)).toEqual({ widthPx: 320, heightPx: 1280 });
});
