import type { Builder, Value } from "../../graph/index.js";

/**
 * Batch normalisation as training wants it: y, and the batch's own mean and variance [C], from which the caller
 * makes its running ones. x: [N, C, …]; scale, bias: [C]. The variance is over all elements, not less one.
 *
 * ONNX Runtime (1.30) lets the operator write its running statistics into its inputs' memory, even where that is a
 * constant or the caller's own tensor. So it gets two throw-away vectors, and momentum 0, which makes what they
 * hold not matter and the outputs the batch's statistics. They depend on scale and bias by different sums, so that
 * no optimiser makes them constants or one value.
 */
export function trainingBatchNorm(
  b: Builder,
  [x, scale, bias]: readonly [Value, Value, Value],
  { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
): { readonly y: Value; readonly mean: Value; readonly variance: Value } {
  const [y, mean, variance] = b.emit(
    "BatchNormalization",
    [x, scale, bias, scratch(b, x, scale, 1), scratch(b, x, bias, 2)],
    { epsilon, momentum: 0, training_mode: 1 },
    3,
  );
  return { y: y!, mean: mean!, variance: variance! };
}

/** A finite vector [C] that is no constant. */
function scratch(b: Builder, x: Value, vector: Value, offset: number): Value {
  if (vector.constant === undefined) return b.add(b.mul(vector, 0), offset);
  // One element a channel of the input itself.
  const axes = x.shape.map((_, i) => i).filter((i) => i !== 1);
  const corner = b.slice(
    x,
    axes.map(() => 0),
    axes.map(() => 1),
    axes,
  );
  return b.add(b.mul(b.reshape(corner, [-1]), 0), offset);
}
