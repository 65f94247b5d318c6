import type { InferenceSession, Tensor, TensorConstructor } from "onnxruntime-common";
import type { Dim } from "../graph/dim.js";
import { arrayConstructor, byteLength, type NumericArray } from "../util/dtype.js";
import { MattelierError } from "../util/errors.js";
import { sizeOf, type TensorData } from "../util/tensor-data.js";
import type { TensorInfo } from "./session.js";

/** What onnxruntime-web makes of −1, the size that has no name. */
const UNNAMED = 2 ** 32 - 1;

/** Our tensors as ONNX Runtime's; the arrays are shared, not copied (unless they lie in shared memory, which it refuses). */
export function toOrt(
  make: TensorConstructor,
  feeds: Readonly<Record<string, TensorData>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, data }]) => {
      if (dtype === "string") return [name, new make("string", data as string[], shape)];
      const array = data as NumericArray;
      const own = array.buffer instanceof ArrayBuffer ? array : array.slice();
      return [name, new make(dtype as Exclude<Tensor.Type, "string">, own as never, shape)];
    }),
  );
}

/** ONNX Runtime's tensor as ours. Where the platform has Float16Array, its bits are taken as they are. */
export function fromOrt(tensor: Tensor): TensorData {
  const { type: dtype, dims } = tensor;
  const shape = [...dims];
  if (dtype === "string") return { dtype, shape, data: tensor.data };
  const { buffer, byteOffset } = tensor.data as NumericArray;
  const make = arrayConstructor(dtype);
  const length = byteLength(dtype, sizeOf(shape)) / make.BYTES_PER_ELEMENT;
  return { dtype, shape, data: new make(buffer, byteOffset, length) };
}

/**
 * What a session says of its inputs or outputs.
 * @throws MattelierError `unsupported` for sequences, maps and optional values
 */
export function infosOf(metadata: readonly InferenceSession.ValueMetadata[], where: string): TensorInfo[] {
  return metadata.map((value) => {
    if (!value.isTensor)
      throw new MattelierError({
        code: "unsupported",
        where: `${where}, ${value.name}`,
        expected: "tensors as inputs and outputs",
        got: "a sequence, map or optional value",
      });
    const shape = value.shape.map((size): Dim => (size === "" || size === UNNAMED ? "?" : size));
    return { name: value.name, dtype: value.type, shape };
  });
}
