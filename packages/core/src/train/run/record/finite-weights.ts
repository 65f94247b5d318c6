import type { StateDict } from "../../../nn/index.js";
import { MattelierError } from "../../../util/index.js";

/**
 * Weights that have blown up are not to take the place of good ones.
 * @param when the step that they come from, and its learning rate
 * @throws MattelierError `not-finite` with the first entry that holds such a number
 */
export function requireFinite(
  weights: StateDict,
  { step, lr }: { readonly step: number; readonly lr: number },
): void {
  for (const [path, { data }] of weights) {
    if (!(data instanceof Float32Array) || isFinite(data)) continue;
    throw new MattelierError({
      code: "not-finite",
      where: `weights after step ${step} (learning rate ${lr})`,
      expected: "finite weights to save",
      got: `${data.find((value) => !Number.isFinite(value))}, first in ${path}; what was saved before stays`,
      fix: "begin anew with a lower learning rate, or clip the gradient (clipNorm)",
    });
  }
}

/** Whether all numbers are: 0·x is 0 for those that are and NaN for others, so one sum tells, without a branch. */
function isFinite(values: Float32Array): boolean {
  let sum = 0;
  for (const value of values) sum += 0 * value;
  return sum === 0;
}
