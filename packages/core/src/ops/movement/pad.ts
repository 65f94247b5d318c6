import { addDim, printShape, type Builder, type OpRule, type Value } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { contentsOf, fixedShape, numbersIn } from "../contents.js";
import { normaliseAxis, shapeMismatch } from "../shape-rules.js";

/**
 * `y` = x with `before[a]` and `after[a]` elements more on each axis a (fewer where negative); they hold a constant
 * (mode constant), the mirror image without the border itself (reflect), the border (edge), or x again (wrap)
 * `∂L/∂x` = the middle of g, plus what the borders copied from x
 */
export const pad: OpRule<"Pad"> = {
  infer({ inputs, attrs }) {
    const [x] = inputs;
    const { before, after } = padsOf(inputs, attrs);
    const shape = x!.shape.map((dim, i) => addDim(dim, before[i]! + after[i]!));
    if (shape.some((dim) => typeof dim === "number" && dim < 0))
      throw shapeMismatch("Pad", "sizes that stay positive", printShape(shape), "cut off less than there is");
    return { dtype: x!.dtype, shape };
  },
  vjp({ b, g, inputs, attrs, wanted }) {
    const { before, after } = padsOf(inputs, attrs);
    const mode = attrs.mode ?? "constant";
    let dx = g;
    if (mode === "constant") dx = core(b, g, before, after);
    else
      for (const [axis, n] of fixedShape("Pad", inputs[0]!.shape).entries())
        dx = foldBorders(b, dx, { axis, n, before: before[axis]!, after: after[axis]!, mode });
    const dValue =
      wanted[2] && inputs[2] !== undefined
        ? b.reshape(b.sub(total(b, g), total(b, dx)), fixedShape("Pad", inputs[2].shape))
        : undefined;
    return [wanted[0] ? dx : undefined, undefined, dValue];
  },
};

function padsOf(
  inputs: readonly (Value | undefined)[],
  attrs: OpAttributes<"Pad">,
): { before: readonly number[]; after: readonly number[] } {
  const [x, pads, , axesInput] = inputs;
  const numbers = pads === undefined ? (attrs.pads ?? []) : numbersIn("Pad", pads);
  const axes =
    axesInput === undefined || contentsOf(axesInput) === undefined
      ? x!.shape.map((_, i) => i)
      : numbersIn("Pad", axesInput).map((axis) => normaliseAxis("Pad", axis, x!.rank));
  if (numbers.length !== 2 * axes.length)
    throw shapeMismatch(
      "Pad",
      `${2 * axes.length} pads for ${axes.length} axes`,
      `[${numbers.join(",")}]`,
      "give one before and one after for each axis: all before, then all after",
    );
  const before = x!.shape.map(() => 0);
  const after = x!.shape.map(() => 0);
  axes.forEach((axis, i) => {
    before[axis] = numbers[i]!;
    after[axis] = numbers[axes.length + i]!;
  });
  return { before, after };
}

/** g without its borders; zeros where a negative pad had cut x. */
function core(b: Builder, g: Value, before: readonly number[], after: readonly number[]): Value {
  if (before.every((n) => n === 0) && after.every((n) => n === 0)) return g;
  const minus = [...before, ...after].map((n) => (n === 0 ? 0 : -n));
  if (minus.some((n) => n > 0)) return b.op("Pad", [g, b.ints(minus)]);
  const axes = before.flatMap((n, i) => (n !== 0 || after[i] !== 0 ? [i] : []));
  const ends = axes.map((i) => (g.shape[i] as number) - after[i]!);
  return b.slice(
    g,
    axes.map((i) => before[i]!),
    ends,
    axes,
  );
}

interface Borders {
  readonly axis: number;
  /** Size of x on the axis. */
  readonly n: number;
  readonly before: number;
  readonly after: number;
  readonly mode: string;
}

/** Add the borders of one axis back to where they were copied from. */
function foldBorders(b: Builder, g: Value, { axis, n, before, after, mode }: Borders): Value {
  if (before < 0 || after < 0)
    throw shapeMismatch(
      "gradient of Pad",
      `pads of at least 0 in mode ${mode}`,
      `${before}, ${after}`,
      "cut off with Slice instead of with negative pads",
    );
  if (before === 0 && after === 0) return g;
  const length = before + n + after;
  const part = (from: number, to: number): Value => b.slice(g, [from], [to], [axis]);
  /** A border's gradient put at x[at..]. */
  const placed = (piece: Value, at: number): Value => {
    const size = piece.shape[axis] as number;
    const pads = Array.from({ length: 2 * g.rank }, () => 0);
    pads[axis] = at;
    pads[g.rank + axis] = n - at - size;
    return b.op("Pad", [piece, b.ints(pads)]);
  };
  const reversed = (piece: Value): Value => b.slice(piece, [-1], [Number.MIN_SAFE_INTEGER], [axis], [-1]);

  let dx = part(before, before + n);
  const left = before > 0 ? part(0, before) : undefined;
  const right = after > 0 ? part(length - after, length) : undefined;
  switch (mode) {
    case "reflect":
      if (left) dx = b.add(dx, placed(reversed(left), 1));
      if (right) dx = b.add(dx, placed(reversed(right), n - 1 - after));
      return dx;
    case "edge":
      if (left) dx = b.add(dx, placed(b.reduceSum(left, [axis]), 0));
      if (right) dx = b.add(dx, placed(b.reduceSum(right, [axis]), n - 1));
      return dx;
    case "wrap":
      if (left) dx = b.add(dx, placed(left, n - before));
      if (right) dx = b.add(dx, placed(right, 0));
      return dx;
    default:
      throw shapeMismatch("Pad", "mode constant, reflect, edge or wrap", mode, "take one of these");
  }
}

const total = (b: Builder, x: Value): Value =>
  b.reduceSum(
    x,
    x.shape.map((_, i) => i),
    false,
  );
