import { printShape } from "../graph/dim.js";
import { arrayConstructor } from "../util/dtype.js";
import { MattelierError, type ErrorCode } from "../util/errors.js";
import { unknownName } from "../util/nearest-name.js";
import { sizeOf, type TensorData } from "../util/tensor-data.js";
import type { TensorInfo } from "./session.js";

const printInfo = ({ name, dtype, shape }: TensorInfo): string => `${name}: ${dtype}${printShape(shape)}`;

/** `x: float32[batch,3,320,320], scale: float32[]` */
export function printInfos(infos: readonly TensorInfo[]): string {
  return infos.length === 0 ? "no tensors" : infos.map(printInfo).join(", ");
}

/**
 * Check feeds against what a model takes: every input by its name, element type, rank and fixed sizes, and that
 * each array holds what its shape says.
 *
 * @param where names the run in errors
 * @throws MattelierError `unknown-name`, `invalid-argument`, `dtype-mismatch` or `shape-mismatch`
 */
export function checkFeeds(
  inputs: readonly TensorInfo[],
  feeds: Readonly<Record<string, TensorData>>,
  where: string,
): void {
  for (const name of Object.keys(feeds)) {
    if (!inputs.some((input) => input.name === name)) {
      const known = inputs.map((input) => input.name);
      throw unknownName(`${where}, inputs`, name, known);
    }
  }
  const missing = inputs.filter((input) => !Object.hasOwn(feeds, input.name));
  if (missing.length > 0)
    throw new MattelierError({
      code: "invalid-argument",
      where,
      expected: `a tensor for every input (${printInfos(inputs)})`,
      got: `none for ${missing.map((input) => input.name).join(", ")}`,
    });
  for (const input of inputs) checkFeed(input, feeds[input.name]!, inputs, where);
}

function checkFeed(info: TensorInfo, feed: TensorData, inputs: readonly TensorInfo[], where: string): void {
  const fail = (code: ErrorCode, expected: string, got: string): never => {
    throw new MattelierError({
      code,
      where: `${where}, input ${info.name}`,
      expected,
      got,
      ...(inputs.length > 1 ? { fix: `the model takes ${printInfos(inputs)}` } : {}),
    });
  };
  if (feed.dtype !== info.dtype) fail("dtype-mismatch", info.dtype + printShape(info.shape), feed.dtype);
  if (!feed.shape.every((size) => Number.isInteger(size) && size >= 0))
    fail("shape-mismatch", "sizes that are whole numbers", printShape(feed.shape));
  if (!fits(info, feed))
    fail("shape-mismatch", info.dtype + printShape(info.shape), feed.dtype + printShape(feed.shape));
  checkContents(feed, fail);
}

const fits = (info: TensorInfo, { shape }: TensorData): boolean =>
  info.shape.length === 0 ||
  (shape.length === info.shape.length &&
    info.shape.every((size, axis) => typeof size === "string" || size === shape[axis]));

function checkContents(
  { dtype, shape, data }: TensorData,
  fail: (code: ErrorCode, expected: string, got: string) => never,
): void {
  if (dtype === "string") {
    if (!Array.isArray(data)) fail("dtype-mismatch", "an array of strings", data.constructor.name);
  } else {
    const wanted = arrayConstructor(dtype) as unknown as { new (n: number): object; name: string };
    if (!(data instanceof wanted))
      fail("dtype-mismatch", `a ${wanted.name} for ${dtype}`, (data as object).constructor.name);
  }
  const packed = dtype === "int4" || dtype === "uint4";
  const count = packed ? Math.ceil(sizeOf(shape) / 2) : sizeOf(shape);
  if (data.length !== count)
    fail("shape-mismatch", `${count} elements for ${printShape(shape)}`, String(data.length));
}

/**
 * The outputs to fetch: those asked for, or all.
 * @throws MattelierError `unknown-name`
 */
export function checkOutputs(
  outputs: readonly TensorInfo[],
  wanted: readonly string[] | undefined,
  where: string,
): readonly string[] {
  const names = outputs.map((output) => output.name);
  if (wanted === undefined) return names;
  for (const name of wanted) if (!names.includes(name)) throw unknownName(`${where}, outputs`, name, names);
  return [...new Set(wanted)];
}
