import { zeroGradient, type OpRule } from "../../graph/index.js";
import { computed, onNumbers, unary, unaryFloat } from "./infer-elementwise.js";

// Piecewise constant functions: their derivative is 0 almost everywhere.
const steps = zeroGradient("piecewise constant");

/** `y = ⌈x⌉` */
export const ceil: OpRule<"Ceil"> = {
  infer: unaryFloat("Ceil"),
  inferData: computed(onNumbers((x) => Math.ceil(x))),
  vjp: steps,
};

/** `y = ⌊x⌋` */
export const floor: OpRule<"Floor"> = {
  infer: unaryFloat("Floor"),
  // A symbol stands for a whole number already.
  inferData: computed((x) => (typeof x === "number" ? Math.floor(x) : x)),
  vjp: steps,
};

/** `y` = x to the nearest whole number, halves to the even one */
export const round: OpRule<"Round"> = {
  infer: unaryFloat("Round"),
  inferData: computed(onNumbers((x) => roundHalfEven(x))),
  vjp: steps,
};

/** `y` = −1, 0 or 1, as x's sign */
export const sign: OpRule<"Sign"> = {
  infer: unary,
  inferData: computed(onNumbers((x) => Math.sign(x))),
  vjp: steps,
};

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
