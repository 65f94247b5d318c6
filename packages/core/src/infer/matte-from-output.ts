import type { OutputRule } from "../hub/preprocessing.js";
import { MattelierError, widenFloat16, type TensorData } from "../util/index.js";
import type { Plane } from "./plane.js";

/**
 * A network's output as a matte: activation, then min-max over the picture if the rule says so, then a clamp.
 *
 * @param output [1, 1, H, W], or fewer leading axes of 1; float32 or float16
 * @param where the model's name, for errors
 * @returns [H, W] in [0, 1]
 * @throws MattelierError `invalid-model` when the output is no single plane, `not-finite` when it holds a NaN
 */
export function matteFromOutput(output: TensorData, rule: OutputRule, where: string): Plane {
  const [heightPx, widthPx] = output.shape.slice(-2) as [number, number];
  const rest = output.shape.slice(0, -2);
  if (output.shape.length < 2 || rest.some((dim) => dim !== 1) || !isFloat(output))
    throw new MattelierError({
      code: "invalid-model",
      where: `${where}: output ${rule.head}`,
      expected: "one plane of floats, [1,1,height,width]",
      got: `${output.dtype} [${output.shape.join(",")}]`,
      fix: "name the head that is the matte in the model's preprocessing (models add --output-head).",
    });
  const raw =
    output.dtype === "float16" ? widenFloat16(output.data as Uint16Array) : (output.data as Float32Array);
  const data = new Float32Array(raw.length);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < raw.length; i++) {
    const value = rule.activation === "sigmoid" ? 1 / (1 + Math.exp(-raw[i]!)) : raw[i]!;
    data[i] = value;
    if (value < low) low = value;
    if (value > high) high = value;
    if (Number.isNaN(value))
      throw new MattelierError({
        code: "not-finite",
        where: `${where}: output ${rule.head}`,
        expected: "numbers",
        got: "NaN",
        fix: "the model's weights or its preprocessing (mean, std, scale) are wrong.",
      });
  }
  const [shift, gain] = rule.minMax ? [low, high > low ? 1 / (high - low) : 0] : [0, 1];
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, (data[i]! - shift) * gain));
  return { widthPx, heightPx, data };
}

const isFloat = ({ dtype }: TensorData): boolean => dtype === "float32" || dtype === "float16";
