import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { membersOf, Parameter, trace } from "../nn/index.js";
import { runOnce } from "../nn/run.test-support.js";
import { formulaTensor, summaryOf } from "../util/formula.test-support.js";
import { formulaState } from "./fixtures.test-support.js";
import { PvtV2B0 } from "./pvt-v2.js";

const golden = JSON.parse(readFileSync(new URL("./pvt-v2.golden.json", import.meta.url), "utf8")) as {
  readonly state: readonly (readonly [string, readonly number[]])[];
  readonly maps: readonly (readonly [norm: number, probe: number])[];
};

test("PVT v2-B0 has the released code's keys, shapes and maps", async () => {
  const declared = membersOf(new PvtV2B0()).state.map(({ path, item }) => [
    path,
    item instanceof Parameter ? item.shape : [],
  ]);
  expect(declared).toEqual(golden.state);

  const shape = [2, 3, 64, 96];
  const state = formulaState(new PvtV2B0(), 1);
  const graph = trace(new PvtV2B0(), { x: { shape } }, { mode: "eval", weights: "constants", state });
  const maps = await runOnce(graph, new Map([[graph.inputs[0]!, formulaTensor("input:pvt", shape)]]));
  maps.forEach((map, i) => {
    const [norm, probe] = golden.maps[i]!;
    const [ownNorm, ownProbe] = summaryOf(`map${i + 1}`, map.data as Float32Array);
    expect(Math.abs(ownNorm - norm) / norm).toBeLessThan(1e-4);
    expect(Math.abs(ownProbe - probe) / norm).toBeLessThan(1e-4);
  });
});
