import {
  floorDivDim,
  mulDim,
  printShape,
  type Dim,
  type OpRule,
  type Shape,
  type Value,
} from "../../graph/index.js";
import { contentsOf, elementsOf, fixedShape } from "../contents.js";
import { productOf, shapeMismatch } from "../shape-rules.js";

/**
 * `y` = x's elements in another shape: 0 keeps x's size (unless allowzero), one −1 takes what is left
 * `∂L/∂x` = g in x's shape
 */
export const reshape: OpRule<"Reshape"> = {
  infer: ({ inputs: [x, shape], attrs }) => ({
    dtype: x!.dtype,
    shape: resolve(x!, elementsOf("Reshape", shape!), attrs.allowzero === 1),
  }),
  inferData: ({ inputs: [x] }) => contentsOf(x!),
  vjp: ({ b, g, inputs: [x] }) => [b.reshape(g, fixedShape("Reshape", x!.shape))],
};

function resolve(x: Value, wanted: readonly Dim[], allowZero: boolean): Shape {
  const shape = wanted.map((dim, i) => (dim === 0 && !allowZero ? (x.shape[i] ?? 0) : dim));
  const free = shape.indexOf(-1);
  const fail = (): never => {
    throw shapeMismatch(
      "Reshape",
      `a shape of as many elements as ${printShape(x.shape)}`,
      printShape(wanted),
      "the product of the sizes must stay the same; -1 stands for what is left",
    );
  };
  if (free !== shape.lastIndexOf(-1)) fail();
  if (free >= 0) {
    const rest = shape.filter((_, i) => i !== free);
    const left = quotient(x.shape, rest);
    if (typeof left === "number" && !Number.isInteger(left)) fail();
    return shape.map((dim, i) => (i === free ? left : dim));
  }
  const [before, after] = [productOf(x.shape), productOf(shape)];
  if (typeof before === "number" && typeof after === "number" && before !== after) fail();
  return shape;
}

/** Product of `all` over product of `part`, with equal symbols cancelled. */
function quotient(all: Shape, part: Shape): Dim {
  const above = [...all];
  const below = part.filter((dim) => {
    const i = typeof dim === "string" ? above.indexOf(dim) : -1;
    if (i >= 0) above.splice(i, 1);
    return i < 0;
  });
  const numbers = (dims: Shape): number =>
    dims.reduce<number>((n, dim) => (typeof dim === "number" ? n * dim : n), 1);
  const symbols = (dims: Shape): Dim => dims.filter((dim) => typeof dim === "string").reduce(mulDim, 1);
  const [up, down] = [numbers(above), numbers(below)];
  const [upSymbols, downSymbols] = [symbols(above), symbols(below)];
  if (upSymbols === 1 && downSymbols === 1) return down === 0 ? 0 : up / down;
  if (up % down === 0 && downSymbols === 1) return mulDim(upSymbols, up / down);
  return floorDivDim(mulDim(upSymbols, up), mulDim(downSymbols, down));
}
