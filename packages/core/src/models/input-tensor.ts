import { MattelierError, type TensorData } from "../util/index.js";
import type { InputStyle } from "./definition.js";

/**
 * Pixels as a network's input: `x[c] = (byte[c]/scale − mean[c])/std[c]`.
 * @param rgbU8 [H,W,3]
 * @returns [1,3,H,W]
 */
export function inputTensor(
  { scale, mean, std }: InputStyle,
  rgbU8: Uint8Array,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
): TensorData {
  const pixels = widthPx * heightPx;
  if (rgbU8.length !== 3 * pixels)
    throw new MattelierError({
      code: "shape-mismatch",
      where: "input tensor",
      expected: `${3 * pixels} bytes for ${widthPx}x${heightPx} RGB`,
      got: String(rgbU8.length),
    });
  const data = new Float32Array(3 * pixels);
  for (let c = 0; c < 3; c++) {
    const table = Float32Array.from({ length: 256 }, (_, v) => (v / scale - mean[c]!) / std[c]!);
    for (let i = 0; i < pixels; i++) data[c * pixels + i] = table[rgbU8[3 * i + c]!]!;
  }
  return { dtype: "float32", shape: [1, 3, heightPx, widthPx], data };
}
