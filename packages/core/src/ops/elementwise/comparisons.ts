import { zeroGradient, type Dim, type OpRule } from "../../graph/index.js";
import { comparing, computed, onNumbers, predicate } from "./infer-elementwise.js";

// Results are truth values: nothing flows back.
const truth = zeroGradient("results are truth values");

const compared = (holds: (x: number, y: number) => boolean): ((...xs: Dim[]) => Dim | undefined) =>
  onNumbers((x, y) => Number(holds(x, y)));

/** `z = [x = y]`, with broadcasting */
export const equal: OpRule<"Equal"> = {
  infer: comparing("Equal"),
  // Symbols are sizes: never negative, so none is the −1 that exported graphs ask for.
  inferData: computed((x, y) => {
    if (x === y) return 1;
    if (typeof x === "number" && typeof y === "number") return 0;
    return (typeof x === "number" && x < 0) || (typeof y === "number" && y < 0) ? 0 : undefined;
  }),
  vjp: truth,
};

/** `z = [x > y]`, with broadcasting */
export const greater: OpRule<"Greater"> = {
  infer: comparing("Greater"),
  inferData: computed(compared((x, y) => x > y)),
  vjp: truth,
};

/** `z = [x ≥ y]`, with broadcasting */
export const greaterOrEqual: OpRule<"GreaterOrEqual"> = {
  infer: comparing("GreaterOrEqual"),
  inferData: computed(compared((x, y) => x >= y)),
  vjp: truth,
};

/** `z = [x < y]`, with broadcasting */
export const less: OpRule<"Less"> = {
  infer: comparing("Less"),
  inferData: computed(compared((x, y) => x < y)),
  vjp: truth,
};

/** `z = [x ≤ y]`, with broadcasting */
export const lessOrEqual: OpRule<"LessOrEqual"> = {
  infer: comparing("LessOrEqual"),
  inferData: computed(compared((x, y) => x <= y)),
  vjp: truth,
};

/** `y = [x is ±∞]`; either sign may be left out */
export const isInf: OpRule<"IsInf"> = { infer: predicate, vjp: truth };

/** `y = [x is not a number]` */
export const isNaN: OpRule<"IsNaN"> = { infer: predicate, vjp: truth };
