import type { OpRule } from "../../graph/index.js";
import { sumTo } from "../sum-to.js";
import { broadcasting, computed, onNumbers } from "./infer-elementwise.js";

/**
 * `z = x − y · q`, `q = ⌊x/y⌋`; with fmod (floats always) q rounds towards 0
 * `∂L/∂x = g, ∂L/∂y = −g · q`      summed over the axes that were broadcast
 */
export const mod: OpRule<"Mod"> = {
  infer: broadcasting("Mod"),
  inferData: (context) =>
    computed(onNumbers((x, y) => (context.attrs.fmod === 1 ? x % y : x - y * Math.floor(x / y))))(context),
  vjp: ({ b, g, inputs: [x, y], outputs: [z], wanted }) => [
    wanted[0] ? sumTo(b, g, x!.shape) : undefined,
    wanted[1] ? b.neg(sumTo(b, b.mul(g, b.op("Round", [b.div(b.sub(x!, z!), y!)])), y!.shape)) : undefined,
  ],
};
