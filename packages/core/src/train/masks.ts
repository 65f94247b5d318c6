import { drawKeepMask } from "../nn/index.js";
import type { Rng, TensorData } from "../util/index.js";
import type { MaskFeed } from "./step-plan.js";

/** What dropout keeps in a pass: the same numbers for the same seed, step, micro-batch and place in the model. */
export function drawMasks(
  masks: readonly MaskFeed[],
  rng: Rng,
  { step, microBatch }: { readonly step: number; readonly microBatch: number },
): Record<string, TensorData> {
  if (masks.length === 0) return {};
  const own = rng.fork(`${step}.${microBatch}`);
  return Object.fromEntries(
    masks.map(({ name, shape, keep }) => {
      return [name, { dtype: "float32", shape, data: drawKeepMask(shape, keep, own.fork(name)) }];
    }),
  );
}
