import type { OpRule } from "../../graph/index.js";
import { fixedShape } from "../contents.js";

/**
 * `y[n,c] = mean of x[n,c,…]`           x: [N, C, …], y: [N, C, 1, …]
 * `∂L/∂x = g / count`, the same everywhere
 */
export const globalAveragePool: OpRule<"GlobalAveragePool"> = {
  infer: ({ inputs: [x] }) => ({
    dtype: x!.dtype,
    shape: x!.shape.map((dim, i) => (i < 2 ? dim : 1)),
  }),
  vjp({ b, g, inputs: [x] }) {
    const shape = fixedShape("GlobalAveragePool", x!.shape);
    const count = shape.slice(2).reduce((n, dim) => n * dim, 1);
    return [b.expand(b.mul(g, 1 / count), shape)];
  },
};
