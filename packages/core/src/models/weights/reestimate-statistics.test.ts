import { expect, test } from "vitest";
import { Tensor, toOnnx } from "../../graph/index.js";
import { attach, initialState, namedTensors, type StateDict } from "../../nn/index.js";
import { encodeModel } from "../../onnx/index.js";
import { createBuilder } from "../../ops/index.js";
import { createNodeSession } from "../../runtime/node.js";
import { createRng, numbersOf, tensorFrom, type TensorData } from "../../util/index.js";
import { unetWith } from "../index.js";
import { reestimateStatistics } from "./index.js";

const definition = unetWith({ base: 4, depth: 2, batchNorm: true });
const rng = createRng(4);
const batch = tensorFrom(
  "float32",
  [4, 3, 16, 16],
  Float32Array.from({ length: 4 * 3 * 256 }, () => 2 + 3 * rng.normal()),
);

async function logits(state: StateDict, mode: "train" | "eval"): Promise<readonly number[]> {
  const b = createBuilder();
  const model = definition.create();
  const x = new Tensor(b, b.input("x", "float32", batch.shape));
  attach(b, model, { mode, weights: "constants", state });
  const [[, { value }]] = namedTensors(model(x)) as [[string, Tensor]];
  const session = await createNodeSession(encodeModel(toOnnx(b.build([b.named(value, "y")]))), {
    inThread: "here",
    optimisation: "basic",
  });
  const { y } = await session.run({ x: batch });
  await session.dispose();
  return numbersOf(y!);
}

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

test("evaluation stays as it was, and training mode on the same pictures agrees with it", async () => {
  const state: Map<string, TensorData> = initialState(definition.create(), createRng(1));
  // Two halves, so that moments are merged over batches.
  const halves = [0, 1].map((i) => ({
    ...batch,
    shape: [2, 3, 16, 16],
    data: (batch.data as Float32Array).slice(i * 1536, (i + 1) * 1536),
  }));
  const before = await logits(state, "eval");
  const fresh = await reestimateStatistics(definition, state, halves);
  const after = await logits(fresh, "eval");
  expect(difference(before, after)).toBeLessThan(1e-4);
  expect(difference(await logits(state, "train"), before)).toBeGreaterThan(0.1);
  expect(difference(await logits(fresh, "train"), after)).toBeLessThan(1e-3);
});

test("without a picture there is nothing to estimate on", async () => {
  await expect(reestimateStatistics(definition, new Map(), [])).rejects.toThrow(
    "statistics of unet: expected pictures to estimate them on; got none",
  );
});
