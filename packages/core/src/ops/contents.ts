import { printShape, type Builder, type Dim, type Shape, type Value } from "../graph/index.js";
import { MattelierError, numbersOf, type DType } from "../util/index.js";

// What inference may know of a tensor's contents: pads, axes and sizes are tensors in ONNX.

const READABLE: ReadonlySet<DType> = new Set([
  "int64",
  "int32",
  "int8",
  "uint8",
  "bool",
  "float32",
  "float64",
]);
const MAX_READ = 4096;

/** The contents of a small tensor as far as they are known: of a constant, or computed from shapes. */
export function contentsOf({ known, constant }: Value): readonly Dim[] | undefined {
  if (known !== undefined) return known;
  if (constant === undefined || constant.data.length > MAX_READ || !READABLE.has(constant.dtype))
    return undefined;
  return numbersOf(constant);
}

/**
 * Contents that must be numbers before the graph runs: pads, axes, steps.
 * @throws MattelierError `unsupported`
 */
export function numbersIn(where: string, value: Value): readonly number[] {
  const contents = contentsOf(value);
  if (contents?.every((entry) => typeof entry === "number") === true) return contents;
  throw new MattelierError({
    code: "unsupported",
    where,
    expected: `contents of ${value.name} that are known before the graph runs`,
    got: contents === undefined ? "computed ones" : `[${contents.join(",")}]`,
    fix: "bind the input sizes to numbers, or fold constants first",
  });
}

/**
 * The elements of an integer vector as sizes: known ones as they are, the others as symbols named after the
 * vector, so that two uses of one vector give equal sizes.
 * @throws MattelierError `unsupported` when even its length is unknown.
 */
export function elementsOf(where: string, vector: Value): readonly Dim[] {
  const contents = contentsOf(vector);
  if (contents !== undefined) return contents;
  const [length] = vector.shape;
  if (vector.rank !== 1 || typeof length !== "number")
    throw new MattelierError({
      code: "unsupported",
      where,
      expected: `a vector of known length for ${vector.name}`,
      got: printShape(vector.shape),
      fix: "bind the input sizes to numbers",
    });
  const stem = vector.name.replace(/\W+/g, "_");
  return Array.from({ length }, (_, i) => `${stem}_${i}`);
}

/**
 * A shape as numbers, which most gradients need.
 * @throws MattelierError `unsupported` when a size is symbolic.
 */
export function fixedShape(where: string, shape: Shape): readonly number[] {
  if (shape.every((dim) => typeof dim === "number")) return shape;
  throw new MattelierError({
    code: "unsupported",
    where: `gradient of ${where}`,
    expected: "sizes that are numbers",
    got: printShape(shape),
    fix: "train with fixed sizes: bind the symbols to numbers",
  });
}

/** Zeros of a fixed shape. */
export function zeros(b: Builder, dtype: DType, shape: readonly number[]): Value {
  return b.expand(b.scalar(0, dtype), shape);
}
