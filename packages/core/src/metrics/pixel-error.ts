import { requireSameLength } from "./matte-pair.js";

/**
 * Mean absolute error of an 8-bit matte: Σ|p − t| / (255·n), in [0, 1], 0 is perfect.
 * As the matting papers take it: neither side is normalised or thresholded.
 * @throws MattelierError `shape-mismatch` when the sizes differ
 */
export function meanAbsoluteError(predictedU8: Uint8Array, maskU8: Uint8Array): number {
  requireSameLength(predictedU8, maskU8);
  let sum = 0;
  for (let i = 0; i < maskU8.length; i++) sum += Math.abs(predictedU8[i]! - maskU8[i]!);
  return sum / (255 * maskU8.length);
}

/** Mean squared error of an 8-bit matte: Σ(p − t)² / (255²·n), in [0, 1]. @throws as {@link meanAbsoluteError} */
export function meanSquaredError(predictedU8: Uint8Array, maskU8: Uint8Array): number {
  requireSameLength(predictedU8, maskU8);
  let sum = 0;
  for (let i = 0; i < maskU8.length; i++) sum += (predictedU8[i]! - maskU8[i]!) ** 2;
  return sum / (255 * 255 * maskU8.length);
}
