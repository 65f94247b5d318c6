import { printShape, type Builder, type OpRule, type Value } from "../../graph/index.js";
import { fixedShape, zeros } from "../contents.js";
import { shapeMismatch } from "../shape-rules.js";

/**
 * `y[b…, i…] = x[b…, indices[b…, i…, :]]`: each last row of indices names a slice of x; `batch_dims` axes are shared
 * `∂L/∂x` = g's slices added up where they came from
 */
export const gatherND: OpRule<"GatherND"> = {
  infer({ inputs: [x, indices], attrs }) {
    const batch = attrs.batch_dims ?? 0;
    const depth = indices!.shape.at(-1);
    if (typeof depth !== "number" || batch + depth > x!.rank)
      throw shapeMismatch(
        "GatherND",
        `rows of at most ${x!.rank - batch} indices`,
        printShape(indices!.shape),
        "the last axis of the indices names one place: make it shorter",
      );
    return { dtype: x!.dtype, shape: [...indices!.shape.slice(0, -1), ...x!.shape.slice(batch + depth)] };
  },
  vjp({ b, g, inputs: [x, indices], attrs }) {
    const into = zeros(b, g.dtype, fixedShape("GatherND", x!.shape));
    const full = withBatchIndices(b, indices!, attrs.batch_dims ?? 0);
    return [b.op("ScatterND", [into, full, g], { reduction: "add" })];
  },
};

/** Indices whose rows begin with their place in the batch axes, for ScatterND, which has no batch_dims. */
function withBatchIndices(b: Builder, indices: Value, batch: number): Value {
  const lead = fixedShape("GatherND", indices.shape).slice(0, -1);
  const columns = Array.from({ length: batch }, (_, axis) => {
    const count = b.ints(Array.from({ length: lead[axis]! }, (_, i) => i));
    const along = b.reshape(count, [...lead.map((dim, i) => (i === axis ? dim : 1)), 1]);
    return b.expand(along, [...lead, 1]);
  });
  return b.concat([...columns, indices], lead.length);
}
