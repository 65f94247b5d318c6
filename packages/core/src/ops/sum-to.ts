import { printShape, sameShape, staticShape, type Builder, type Shape, type Value } from "../graph/index.js";
import { internalError } from "../util/index.js";

/**
 * Undo broadcasting: sum `g` over the axes along which `shape` was stretched to g's shape. The gradient of
 * broadcasting, so every broadcasting rule ends with it. Nothing is emitted when the shapes are equal.
 */
export function sumTo(b: Builder, g: Value, shape: Shape): Value {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.rank - shape.length;
  if (lead < 0) throw internalError("sumTo", `at least ${shape.length} axes`, printShape(g.shape));
  const axes = g.shape.flatMap((dim, i) => (i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : []));
  if (axes.length === 0) return g;
  const onlyLead = axes.every((axis) => axis < lead);
  const sum = b.reduceSum(g, axes, !onlyLead);
  return onlyLead || lead === 0 ? sum : b.reshape(sum, staticShape(shape, "sumTo"));
}
