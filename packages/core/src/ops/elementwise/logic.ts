import { zeroGradient, type OpRule } from "../../graph/index.js";
import { comparing, computed, onNumbers, predicate } from "./infer-elementwise.js";

// Operands and results are truth values, 0 and 1 in known contents.
const truth = zeroGradient("results are truth values");

/** `z = x ∧ y`, with broadcasting */
export const and: OpRule<"And"> = {
  infer: comparing("And"),
  inferData: computed(onNumbers((x, y) => Math.min(x, y))),
  vjp: truth,
};

/** `z = x ∨ y`, with broadcasting */
export const or: OpRule<"Or"> = {
  infer: comparing("Or"),
  inferData: computed(onNumbers((x, y) => Math.max(x, y))),
  vjp: truth,
};

/** `z = x ⊕ y`, with broadcasting */
export const xor: OpRule<"Xor"> = {
  infer: comparing("Xor"),
  inferData: computed(onNumbers((x, y) => Number(x !== y))),
  vjp: truth,
};

/** `y = ¬x` */
export const not: OpRule<"Not"> = {
  infer: predicate,
  inferData: computed(onNumbers((x) => 1 - x)),
  vjp: truth,
};
