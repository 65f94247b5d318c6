import { steppedValues } from "../mask-values.js";
import type { FindingKind } from "./findings.js";

/** Of a matte, shares in [0, 1]. */
export interface MatteFacts {
  readonly coverage: number;
  /** Along the picture's border, one pixel deep. */
  readonly border: number;
  /** In the middle half of width and height. */
  readonly middle: number;
  readonly mostU8: number;
  /** Values of whole areas, neither 0 nor 255, where there are few others. */
  readonly steps: readonly number[];
}

export function matteFacts(alphaU8: Uint8Array, widthPx: number, heightPx: number): MatteFacts {
  let [sum, border, borderCount, middle, middleCount, mostU8] = [0, 0, 0, 0, 0, 0];
  const [left, right] = [widthPx >> 2, widthPx - (widthPx >> 2)];
  const [top, bottom] = [heightPx >> 2, heightPx - (heightPx >> 2)];
  for (let y = 0, i = 0; y < heightPx; y++) {
    const isEdgeRow = y === 0 || y === heightPx - 1;
    const isMiddleRow = y >= top && y < bottom;
    for (let x = 0; x < widthPx; x++, i++) {
      const value = alphaU8[i]!;
      sum += value;
      if (value > mostU8) mostU8 = value;
      if (isEdgeRow || x === 0 || x === widthPx - 1) {
        border += value;
        borderCount++;
      } else if (isMiddleRow && x >= left && x < right) {
        middle += value;
        middleCount++;
      }
    }
  }
  const share = (total: number, count: number): number => (count === 0 ? 0 : total / (255 * count));
  return {
    coverage: share(sum, alphaU8.length),
    border: share(border, borderCount),
    middle: share(middle, middleCount),
    mostU8,
    steps: steppedValues(alphaU8, widthPx),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What is wrong with a matte, if anything: the likeliest alone. */
export function judgeMatte(
  facts: MatteFacts,
): { readonly kind: FindingKind; readonly detail: string } | undefined {
  const { coverage, border, middle, mostU8, steps } = facts;
  if (mostU8 === 0) return { kind: "empty-mask", detail: "no subject at all" };
  if (steps.length > 0 && (mostU8 >= 200 || steps.length > 1))
    return {
      kind: "stepped-mask",
      detail: `areas of ${steps.join(", ")}: classes? then set maskValues: labels`,
    };
  if (mostU8 < 200) return { kind: "faint-mask", detail: `reaches ${mostU8} of 255 at most` };
  if (coverage < 0.0005) return { kind: "empty-mask", detail: `${percent(coverage)} subject` };
  if (coverage > 0.995) return { kind: "full-mask", detail: `${percent(coverage)} subject` };
  // A subject may touch the border; a border that is subject nearly all around a middle that is not is a background.
  if (border > 0.7 && middle < border - 0.2)
    return { kind: "inverted-mask", detail: `border ${percent(border)} subject, middle ${percent(middle)}` };
  return undefined;
}
