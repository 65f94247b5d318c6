import { hash32 } from "./random.js";
import { sizeOf, type TensorData } from "./tensor-data.js";

/**
 * Numbers in [low, high) by formula from a name, the same as `tools/fixtures/formula.py` makes: golden values
 * computed elsewhere need no inputs to travel.
 */
export function formulaNumbers(
  name: string,
  count: number,
  { low = -1, high = 1 }: { readonly low?: number; readonly high?: number } = {},
): Float64Array {
  const seed = hash32(name);
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (seed + Math.imul(i, 0x9e3779b9)) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return low + (high - low) * (((x ^ (x >>> 16)) >>> 0) / 2 ** 32);
  });
}

/** Such numbers as a float32 tensor. */
export function formulaTensor(
  name: string,
  shape: readonly number[],
  range: { readonly low?: number; readonly high?: number } = {},
): TensorData {
  return { dtype: "float32", shape, data: Float32Array.from(formulaNumbers(name, sizeOf(shape), range)) };
}

/** An array in two numbers: its L2 norm, and its product with the probe of a name. */
export function summaryOf(name: string, values: ArrayLike<number>): readonly [number, number] {
  const probe = formulaNumbers(`probe:${name}`, values.length).map(Math.fround);
  let [squares, product] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    squares += values[i]! ** 2;
    product += values[i]! * probe[i]!;
  }
  return [Math.sqrt(squares), product];
}
