import { printShape, type OpRule } from "../../graph/index.js";
import { shapeMismatch } from "../shape-rules.js";

/**
 * `y` = x with its axes in another order: axis i of y is axis perm[i] of x (reversed when perm is left out)
 * `∂L/∂x` = g with the order undone
 */
export const transpose: OpRule<"Transpose"> = {
  infer({ inputs: [x], attrs }) {
    const perm = attrs.perm ?? reversal(x!.rank);
    if (perm.length !== x!.rank || new Set(perm).size !== perm.length || !perm.every((i) => i in x!.shape))
      throw shapeMismatch(
        `Transpose(perm=[${perm.join(",")}])`,
        `an order of the ${x!.rank} axes`,
        printShape(x!.shape),
        "name every axis once",
      );
    return { dtype: x!.dtype, shape: perm.map((i) => x!.shape[i]!) };
  },
  vjp({ b, g, attrs }) {
    const perm = attrs.perm ?? reversal(g.rank);
    return [
      b.transpose(
        g,
        perm.map((_, i) => perm.indexOf(i)),
      ),
    ];
  },
};

const reversal = (rank: number): readonly number[] => Array.from({ length: rank }, (_, i) => rank - 1 - i);
