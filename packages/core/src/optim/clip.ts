import { MattelierError } from "../util/index.js";

/**
 * The factor that brings a gradient of this norm down to `maxNorm`, as PyTorch's `clip_grad_norm_`:
 * `min(1, maxNorm / (norm + 1e-6))`.
 * @throws MattelierError `not-finite` for a norm that is none
 */
export function clipScale(norm: number, maxNorm: number): number {
  if (!Number.isFinite(norm)) {
    throw new MattelierError({
      code: "not-finite",
      where: "gradient",
      expected: "a finite norm",
      got: String(norm),
      fix: "lower the learning rate, or look for values in the data that are not finite",
    });
  }
  return Math.min(1, maxNorm / (norm + 1e-6));
}
