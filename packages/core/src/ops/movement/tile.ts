import { mulDim, printShape, type OpRule } from "../../graph/index.js";
import { elementsOf, fixedShape, numbersIn } from "../contents.js";
import { shapeMismatch } from "../shape-rules.js";

/**
 * `y` = x repeated `repeats[a]` times along each axis a
 * `∂L/∂x` = g summed over the copies
 */
export const tile: OpRule<"Tile"> = {
  infer({ inputs: [x, repeats] }) {
    const times = elementsOf("Tile", repeats!);
    if (times.length !== x!.rank)
      throw shapeMismatch(
        "Tile",
        `${x!.rank} repeats for ${printShape(x!.shape)}`,
        `[${times.join(",")}]`,
        "give a number of repeats for each axis",
      );
    return { dtype: x!.dtype, shape: x!.shape.map((dim, i) => mulDim(dim, times[i]!)) };
  },
  vjp({ b, g, inputs: [x, repeats] }) {
    const shape = fixedShape("Tile", x!.shape);
    const times = numbersIn("Tile", repeats!);
    const axes = times.flatMap((n, i) => (n === 1 ? [] : [2 * i]));
    if (axes.length === 0) return [g];
    const copies = b.reshape(
      g,
      shape.flatMap((dim, i) => [times[i]!, dim]),
    );
    return [b.reshape(b.reduceSum(copies, axes, false), shape)];
  },
};
