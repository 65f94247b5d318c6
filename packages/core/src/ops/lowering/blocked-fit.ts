import { isDepthwise, type ConvProblem } from "./problem.js";
import type { Target } from "./target.js";

/** How a blocked convolution takes its channels: plain ones fewer than a block, whole blocks, or each by itself. */
export type BlockedForm = "first" | "whole" | "depthwise";

/** The form for a convolution from `from` to `to` channels, or why there is none. */
export function blockedForm(
  p: ConvProblem,
  { block }: Target,
  [from, to]: readonly [number, number],
): { readonly form: BlockedForm; readonly block: number } | { readonly refusal: string } {
  if (block === undefined) return { refusal: "no blocked operators here" };
  if (p.dtype !== "float32" || p.input.length !== 2) return { refusal: "not float32 in 2-D" };
  if (to % block !== 0) return { refusal: `channels that do not fill blocks of ${block}` };
  if (isDepthwise(p)) return { form: "depthwise", block };
  if (p.group !== 1) return { refusal: "groups" };
  if (from < block) return { form: "first", block };
  return from % block === 0
    ? { form: "whole", block }
    : { refusal: `channels that do not fill blocks of ${block}` };
}
