import type { Builder, Value } from "../../graph/index.js";
import { positiveMask } from "../masks.js";

interface Branches {
  /** The derivative where y > 0. */
  readonly above: number;
  /** The derivative where y = 0, coming from below. */
  readonly atZero: number;
  /** How it falls from there: by `slope · y`, y < 0. */
  readonly slope: number;
}

/**
 * The derivative of an ELU-like function in terms of its value y: constant above 0, affine in y below, because the
 * derivative of an exponential is itself. `slope · min(y, 0) + atZero + (above − atZero) · 1[y > 0]`
 */
export function exponentialBranch(b: Builder, y: Value, { above, atZero, slope }: Branches): Value {
  const below = b.min(y, 0);
  const affine = b.add(slope === 1 ? below : b.mul(below, slope), atZero);
  return above === atZero ? affine : b.add(affine, b.mul(positiveMask(b, y), above - atZero));
}
