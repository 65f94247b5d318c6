import type { OpRule, Value } from "../../graph/index.js";
import { numbersOf } from "../../util/index.js";
import { contentsOf } from "../contents.js";
import { aboveMask, belowMask, positiveMask } from "../masks.js";
import { commonDtype, typeOf } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";

/**
 * `y = max(low, min(high, x))`        bounds are scalars and may be left out
 * `∂L/∂x = g · 1[low < y < high]`     y alone, which the next layer keeps anyway. At a bound 0, as PyTorch's ReLU6
 *                                     and hardtanh (its clamp passes g there)
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
  vjp({ b, g, inputs: [x, low, high], outputs: [y], attrs, wanted }) {
    const dx = (): Value => {
      const [least, most] = [boundOf(low, attrs.min), boundOf(high, attrs.max)];
      const fromBelow = isNone(least) ? g : b.mul(g, aboveMask(b, y!, least));
      return isNone(most) ? fromBelow : b.mul(fromBelow, belowMask(b, y!, most));
    };
    return [
      wanted[0] ? dx() : undefined,
      wanted[1] ? sumTo(b, b.mul(g, positiveMask(b, b.sub(low!, x!))), low!.shape) : undefined,
      wanted[2] ? sumTo(b, b.mul(g, positiveMask(b, b.sub(x!, high!))), high!.shape) : undefined,
    ];
  },
};

/** A bound as a number where it is known, whether it is an input or, before opset 11, an attribute. */
function boundOf(input: Value | undefined, attribute: number | undefined): number | Value | undefined {
  if (input?.constant === undefined) return input ?? attribute;
  return numbersOf(input.constant)[0]!;
}

const isNone = (bound: number | Value | undefined): bound is undefined =>
  bound === undefined || bound === Infinity || bound === -Infinity;
