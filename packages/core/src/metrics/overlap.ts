import { requireSameLength } from "./matte-pair.js";

/** Pixels of a binary decision: hits, false alarms, misses, correct rejections. */
export interface PixelCounts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/**
 * Count a predicted matte against a mask, both 8-bit: subject is where the prediction
 * reaches the threshold, and where the mask is above 128 (the reference evaluators' convention).
 * @throws MattelierError `shape-mismatch` when the sizes differ
 */
export function countPixels(predictedU8: Uint8Array, maskU8: Uint8Array, thresholdU8 = 128): PixelCounts {
  requireSameLength(predictedU8, maskU8);
  let truePositive = 0;
  let predicted = 0;
  let actual = 0;
  for (let i = 0; i < maskU8.length; i++) {
    const p = predictedU8[i]! >= thresholdU8 ? 1 : 0;
    const t = maskU8[i]! > 128 ? 1 : 0;
    truePositive += p & t;
    predicted += p;
    actual += t;
  }
  return {
    truePositive,
    falsePositive: predicted - truePositive,
    falseNegative: actual - truePositive,
    trueNegative: maskU8.length - predicted - actual + truePositive,
  };
}

/** Intersection over union (Jaccard): TP / (TP + FP + FN). In [0, 1]; 0 when both are empty, as the reference evaluators have it. */
export function iou({ truePositive, falsePositive, falseNegative }: PixelCounts): number {
  return ratio(truePositive, truePositive + falsePositive + falseNegative);
}

/** Dice coefficient, the F₁ score: 2·TP / (2·TP + FP + FN). In [0, 1]; 0 when both are empty, as the reference evaluators have it. */
export function dice({ truePositive, falsePositive, falseNegative }: PixelCounts): number {
  return ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative);
}

/** Share of what was taken for subject that is: TP / (TP + FP). 0 when nothing was taken. */
export function precision({ truePositive, falsePositive }: PixelCounts): number {
  return ratio(truePositive, truePositive + falsePositive);
}

/** Share of the subject that was found: TP / (TP + FN). 0 when there is none. */
export function recall({ truePositive, falseNegative }: PixelCounts): number {
  return ratio(truePositive, truePositive + falseNegative);
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
