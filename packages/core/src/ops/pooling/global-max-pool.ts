import type { OpRule } from "../../graph/index.js";
import { fixedShape, zeros } from "../contents.js";

/**
 * `y[n,c] = max of x[n,c,…]`            x: [N, C, …], y: [N, C, 1, …]
 * `∂L/∂x` = g at the maximum; of equal ones the first takes it
 */
export const globalMaxPool: OpRule<"GlobalMaxPool"> = {
  infer: ({ inputs: [x] }) => ({
    dtype: x!.dtype,
    shape: x!.shape.map((dim, i) => (i < 2 ? dim : 1)),
  }),
  vjp({ b, g, inputs: [x] }) {
    const shape = fixedShape("GlobalMaxPool", x!.shape);
    const [n, c, ...spatial] = shape as [number, number, ...number[]];
    const flat = [n, c, spatial.reduce((count, dim) => count * dim, 1)];
    const place = b.op("ArgMax", [b.reshape(x!, flat)], { axis: 2, keepdims: 1 });
    const into = zeros(b, g.dtype, flat);
    const dx = b.op("ScatterElements", [into, place, b.reshape(g, [n, c, 1])], { axis: 2 });
    return [b.reshape(dx, shape)];
  },
};
