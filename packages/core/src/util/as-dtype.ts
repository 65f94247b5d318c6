import { widenFloat16 } from "./float16.js";
import { numbersOf, tensorFrom, type TensorData } from "./tensor-data.js";

/** The same tensor with another element type; the same object when it has it already. */
export function asDtype(tensor: TensorData, dtype: "float32" | "float64" | "int64"): TensorData {
  if (tensor.dtype === dtype) return tensor;
  const { shape } = tensor;
  if (dtype === "float32" && tensor.dtype === "float16")
    return { dtype, shape, data: widenFloat16(tensor.data as Uint16Array) };
  if (tensor.dtype === "bfloat16") {
    // The upper half of a float32.
    const bits = Uint32Array.from(tensor.data as Uint16Array, (half) => half << 16);
    return asDtype({ dtype: "float32", shape, data: new Float32Array(bits.buffer) }, dtype);
  }
  if (dtype === "float32" && tensor.dtype === "float64")
    return { dtype, shape, data: Float32Array.from(tensor.data as Float64Array) };
  return tensorFrom(dtype, shape, numbersOf(tensor));
}
