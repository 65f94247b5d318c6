import { createRng, sizeOf, type TensorData } from "@mattelier/core/util";

/** Noise of a normalised picture's range; for the peers it lies in a file. */
export function inputFor(shape: readonly number[]): TensorData {
  const rng = createRng(11);
  return {
    dtype: "float32",
    shape,
    data: Float32Array.from({ length: sizeOf(shape) }, () => 2 * rng.uniform() - 1),
  };
}
