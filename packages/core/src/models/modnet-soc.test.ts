import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gradients } from "../autodiff/index.js";
import { Tensor, verify } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { lowerConvGradients, PORTABLE } from "../ops/lowering/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { formulaNumbers, summaryOf } from "../util/formula.test-support.js";
import { sizeOf, tensorFrom, type TensorData } from "../util/index.js";
import { socLoss } from "./modnet-soc.js";

const golden = JSON.parse(readFileSync(new URL("modnet-soc.golden.json", import.meta.url), "utf8")) as {
  readonly size: readonly [number, number, number];
  readonly semantic: number;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly [number, number]>>;
};
const HEADS = ["semantic", "detail", "matte"] as const;

/** The fixture's disc with a soft rim. */
function blob(name: string, shape: readonly number[], radius: number): TensorData {
  const [, , h, w] = shape as [number, number, number, number];
  const step = golden.size[1] / h;
  const noise = formulaNumbers(name, sizeOf(shape), { low: -0.05, high: 0.05 });
  const data = noise.map((value, i) => {
    const y = (Math.floor(i / w) % h) + 0.5;
    const x = (i % w) + 0.5;
    const off = Math.hypot(y * step - 100, x * step - 130);
    return 0.9 / (1 + Math.exp((off - radius) / 6)) + 0.05 + Math.fround(value);
  });
  return tensorFrom("float32", shape, data);
}

async function soc(
  heads: Readonly<Record<string, TensorData>>,
  copy: Readonly<Record<string, TensorData>>,
  weights: { readonly semantic: number; readonly detail: number },
): Promise<readonly (readonly number[])[]> {
  const b = createBuilder();
  const feeds = new Map<Tensor["value"], TensorData>();
  const inputs = (of: Readonly<Record<string, TensorData>>, prefix: string): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(of).map(([name, data]) => {
        const input = b.input(prefix + name, "float32", data.shape);
        feeds.set(input, data);
        return [name, new Tensor(b, input)];
      }),
    );
  const [own, other] = [inputs(heads, ""), inputs(copy, "copy ")];
  const loss = socLoss(own, other, weights);
  const grads = gradients(
    b,
    loss.value,
    HEADS.map((name) => own[name]!.value),
  );
  const graph = lowerConvGradients(b.build([loss.value, ...grads]), { target: PORTABLE });
  verify(graph);
  const session = await openGraph(graph);
  try {
    return (await session.run(feeds)).map(({ data }) => Array.from(data as Float32Array));
  } finally {
    await session.dispose();
  }
}

const shapesAt = (n: number, h: number, w: number) =>
  ({ semantic: [n, 1, h / 16, w / 16], detail: [n, 1, h, w], matte: [n, 1, h, w] }) as const;
const blobs = (shapes: ReturnType<typeof shapesAt>, prefix: string, radius: number) =>
  Object.fromEntries(HEADS.map((name) => [name, blob(prefix + name, shapes[name], radius)]));

test("is the released code's loss, and so are its gradients", async () => {
  const shapes = shapesAt(...golden.size);
  const [heads, copy] = [blobs(shapes, "", 60), blobs(shapes, "copy ", 64)];
  const [loss, ...grads] = await soc(heads, copy, { semantic: 100, detail: 1 });
  expect(loss![0]).toBeCloseTo(golden.loss, 5);
  HEADS.forEach((name, i) => {
    const [norm, product] = summaryOf(name, grads[i]!);
    expect(norm / golden.gradients[name]![0], name).toBeCloseTo(1, 4);
    expect(product, name).toBeCloseTo(golden.gradients[name]![1], 5);
  });
  const [semantic] = await soc(heads, copy, { semantic: 100, detail: 0 });
  expect(semantic![0]).toBeCloseTo(golden.semantic, 5);
});

test("heads that agree and keep to the copy cost nothing; neither does a picture without a subject", async () => {
  const shapes = shapesAt(1, 32, 48);
  const flat = (value: number): Record<string, TensorData> =>
    Object.fromEntries(
      HEADS.map((name) => [
        name,
        tensorFrom("float32", shapes[name], new Float32Array(sizeOf(shapes[name])).fill(value)),
      ]),
    );
  const [agreeing] = await soc(flat(0.5), flat(0.5), { semantic: 100, detail: 1 });
  expect(agreeing![0]).toBeCloseTo(0, 6);
  const [empty, ...grads] = await soc(flat(0), flat(0.3), { semantic: 100, detail: 1 });
  expect(empty![0]).toBe(0);
  expect(grads.flat().every((value) => value === 0)).toBe(true);
});
