import { floorDivDim, mulDim, sameShape, type Dim, type Shape, type Value } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { MattelierError } from "../../util/index.js";
import { contentsOf, elementsOf } from "../contents.js";
import { normaliseAxes, shapeMismatch } from "../shape-rules.js";

/** What a Resize does to each axis. */
export interface ResizePlan {
  readonly output: Shape;
  /** Factor per axis, where it is known; 1 on axes that are left alone. */
  readonly scales: readonly (number | undefined)[];
}

interface ResizeInputs {
  readonly x: Value;
  readonly scales: Value | readonly number[] | undefined;
  readonly sizes: Value | undefined;
}

/**
 * Output sizes from factors or from sizes, of all axes or of the attribute `axes`.
 * @throws MattelierError `shape-mismatch`, `unsupported`
 */
export function planResize(
  where: string,
  { x, scales, sizes }: ResizeInputs,
  attrs: OpAttributes<"Resize"> = {},
): ResizePlan {
  const axes = attrs.axes === undefined ? x.shape.map((_, i) => i) : normaliseAxes(where, attrs.axes, x.rank);
  const count = (list: readonly unknown[]): void => {
    if (list.length !== axes.length)
      throw shapeMismatch(
        where,
        `${axes.length} factors or sizes`,
        String(list.length),
        "give one for each axis, or name the axes",
      );
  };
  const output = [...x.shape];
  const factors: (number | undefined)[] = x.shape.map(() => 1);
  if (isGiven(sizes)) {
    const wanted = keepAspect(where, elementsOf(where, sizes), axes, x.shape, attrs);
    count(wanted);
    axes.forEach((axis, i) => {
      const [from, to] = [x.shape[axis]!, wanted[i]!];
      output[axis] = to;
      factors[axis] =
        from === to ? 1 : typeof from === "number" && typeof to === "number" ? to / from : undefined;
    });
    return { output, scales: factors };
  }
  const given = scales !== undefined && !("length" in scales) ? contentsOf(scales) : scales;
  if (given?.every((scale) => typeof scale === "number") !== true)
    throw new MattelierError({
      code: "unsupported",
      where,
      expected: "sizes, or factors that are known before the graph runs",
      got: scales === undefined ? "neither" : "computed factors",
      fix: "fold constants first, or resize to sizes",
    });
  count(given);
  axes.forEach((axis, i) => {
    factors[axis] = given[i];
    output[axis] = scaleDim(x.shape[axis]!, given[i] as number);
  });
  return { output, scales: factors };
}

/** Files give an empty tensor for an input that they leave out. */
const isGiven = (value: Value | undefined): value is Value =>
  value !== undefined && !sameShape(value.shape, [0]);

/** `⌊size · scale⌋`, in float32 as ONNX Runtime does. */
function scaleDim(size: Dim, scale: number): Dim {
  if (typeof size === "number") return Math.floor(Math.fround(size * Math.fround(scale)));
  for (let below = 1; below <= 64; below++) {
    const above = Math.round(scale * below);
    if (Math.abs(above / below - scale) < 1e-6 * scale) return floorDivDim(mulDim(size, above), below);
  }
  return floorDivDim(mulDim(size, Math.round(scale * 1e6)), 1e6);
}

/** The sizes that keep the picture's proportions, where the policy asks for it. */
function keepAspect(
  where: string,
  sizes: readonly Dim[],
  axes: readonly number[],
  shape: Shape,
  attrs: OpAttributes<"Resize">,
): readonly Dim[] {
  const policy = attrs.keep_aspect_ratio_policy ?? "stretch";
  if (policy === "stretch") return sizes;
  const ratios = sizes.map((size, i) => Number(size) / Number(shape[axes[i]!]));
  const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  if (Number.isNaN(ratio))
    throw shapeMismatch(
      where,
      `known sizes for the policy ${policy}`,
      `[${sizes.join(",")}]`,
      "give the model's input fixed sizes, or resize to the exact size",
    );
  return axes.map((axis) => Math.floor(ratio * Number(shape[axis]) + 0.5));
}
