import type { OpRule } from "../../graph/index.js";
import { contentsOf } from "../contents.js";
import { positiveMask, zeroMask } from "../masks.js";
import { commonDtype, typeOf } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";

/**
 * `y = max(low, min(high, x))`        bounds are scalars and may be left out
 * `∂L/∂x = g · 1[low ≤ x ≤ high]`     as PyTorch; it is y = x that is asked
 * `∂L/∂low = Σ g · 1[x < low]`, `∂L/∂high = Σ g · 1[x > high]`
 */
export const clip: OpRule<"Clip"> = {
  infer({ inputs }) {
    const given = inputs.filter((input) => input !== undefined);
    commonDtype("Clip", given);
    return typeOf(given[0]!);
  },
  inferData({ inputs: [x, low, high], attrs }) {
    const bound = (value: typeof low, attribute: number | undefined, none: number): unknown =>
      value === undefined ? (attribute ?? none) : contentsOf(value)?.[0];
    const [least, most] = [bound(low, attrs.min, -Infinity), bound(high, attrs.max, Infinity)];
    const contents = contentsOf(x!);
    if (typeof least !== "number" || typeof most !== "number") return undefined;
    if (contents?.every((entry) => typeof entry === "number") !== true) return undefined;
    return contents.map((entry) => Math.max(least, Math.min(most, entry)));
  },
  vjp({ b, g, inputs: [x, low, high], outputs: [y], wanted }) {
    return [
      wanted[0] ? b.mul(g, zeroMask(b, b.abs(b.sub(x!, y!)))) : undefined,
      wanted[1] ? sumTo(b, b.mul(g, positiveMask(b, b.sub(low!, x!))), low!.shape) : undefined,
      wanted[2] ? sumTo(b, b.mul(g, positiveMask(b, b.sub(x!, high!))), high!.shape) : undefined,
    ];
  },
};
