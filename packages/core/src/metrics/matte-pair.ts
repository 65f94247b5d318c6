import { MattelierError } from "../util/index.js";

/** @throws MattelierError `shape-mismatch` when a prediction and its mask differ in size or are empty */
export function requireSameLength(predicted: ArrayLike<number>, mask: ArrayLike<number>): void {
  if (predicted.length === mask.length && mask.length > 0) return;
  throw new MattelierError({
    code: "shape-mismatch",
    where: "metric",
    expected: `a prediction with as many pixels as its mask (${mask.length})`,
    got: String(predicted.length),
    fix: "resize the prediction to the mask's size.",
  });
}
