import type { OpRule } from "../../graph/index.js";
import { contentsOf, fixedShape, zeros } from "../contents.js";
import { normaliseAxis } from "../shape-rules.js";

/**
 * `y[…, i…, …] = x[…, indices[i…], …]` along one axis       y: x's shape with the axis replaced by indices' shape
 * `∂L/∂x` = g's slices added up where they came from
 */
export const gather: OpRule<"Gather"> = {
  infer({ inputs: [x, indices], attrs }) {
    const axis = normaliseAxis(`Gather(axis=${attrs.axis ?? 0})`, attrs.axis ?? 0, x!.rank);
    return {
      dtype: x!.dtype,
      shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)],
    };
  },
  inferData({ inputs: [x, indices] }) {
    const contents = contentsOf(x!);
    const picks = contentsOf(indices!);
    if (contents === undefined || picks === undefined || x!.rank !== 1) return undefined;
    const picked = picks.map((i) => (typeof i === "number" ? contents.at(i) : undefined));
    return picked.every((entry) => entry !== undefined) ? picked : undefined;
  },
  vjp({ b, g, inputs: [x, indices], attrs }) {
    const shape = fixedShape("Gather", x!.shape);
    const axis = normaliseAxis("Gather", attrs.axis ?? 0, x!.rank);
    const count = fixedShape("Gather", indices!.shape).reduce((n, dim) => n * dim, 1);
    const rows = shape.map((dim, i) => (i === axis ? count : dim));
    const along = shape.map((_, i) => (i === axis ? count : 1));
    const where = b.expand(b.reshape(indices!, along), rows);
    return [
      b.op("ScatterElements", [zeros(b, g.dtype, shape), where, b.reshape(g, rows)], {
        axis,
        reduction: "add",
      }),
    ];
  },
};
