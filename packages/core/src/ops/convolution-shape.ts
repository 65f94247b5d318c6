import { printShape, type Shape, type Value } from "../graph/index.js";
import { fixedShape } from "./contents.js";
import { mayEqual, shapeMismatch } from "./shape-rules.js";
import { windowOutputs, type WindowAttributes } from "./window.js";

/**
 * The shape of a convolution's result, which the float and the integer forms share.
 * x: [N, C, …], w: [O, C/group, …kernel] → [N, O, …]
 * @throws MattelierError `shape-mismatch`
 */
export function convolutionShape(
  where: string,
  x: Value,
  w: Value,
  attrs: WindowAttributes & { readonly group?: number },
): Shape {
  const kernel = checkConvolution(where, x, w, attrs.group ?? 1);
  return [x.shape[0]!, w.shape[0]!, ...windowOutputs(where, x.shape.slice(2), kernel, attrs)];
}

/** Check that channels fit; returns the kernel's sizes. @throws MattelierError `shape-mismatch` */
function checkConvolution(where: string, x: Value, w: Value, group: number): readonly number[] {
  if (x.rank < 3 || x.rank !== w.rank)
    throw shapeMismatch(
      where,
      "an input [N,C,…] and weights [O,C/group,…] of one rank",
      `${printShape(x.shape)} and ${printShape(w.shape)}`,
      "reshape the input to batch, channels and spatial axes: [N,C,H,W] for pictures",
    );
  const [outputs, channels] = w.shape;
  const expected = typeof channels === "number" ? channels * group : channels!;
  if (!mayEqual(x.shape[1]!, expected))
    throw shapeMismatch(
      where,
      `${expected} input channels for weights ${printShape(w.shape)}${group > 1 ? ` in ${group} groups` : ""}`,
      printShape(x.shape),
      "the layer's input channels must be those that the layer before makes",
    );
  if (typeof outputs === "number" && outputs % group !== 0)
    throw shapeMismatch(
      where,
      `output channels divisible by ${group} groups`,
      String(outputs),
      "change groups, or the layer's output channels",
    );
  return fixedShape(where, w.shape.slice(2));
}
