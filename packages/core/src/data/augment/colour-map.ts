/**
 * An affine map of colours, 3x4 row-major: `r′ = m₀·r + m₁·g + m₂·b + m₃`, and so on; samples of 0 to 255. Such maps
 * compose, so several changes of tone cost one pass, and nothing is rounded or clipped in between.
 */
export type ColourMap = readonly number[];

/** Rec. 601. */
export const LUMA = [0.299, 0.587, 0.114] as const;

/** A map from its three rows of colour weights and an offset that all channels share. */
export function colourMap(weights: (row: number, column: number) => number, offset = 0): ColourMap {
  return [0, 1, 2].flatMap((row) => [weights(row, 0), weights(row, 1), weights(row, 2), offset]);
}

/** `chain(a, b)`: first a, then b. */
export function chainColours(a: ColourMap, b: ColourMap): ColourMap {
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2, 3].map((column) => {
      let sum = column === 3 ? b[4 * row + 3]! : 0;
      for (let k = 0; k < 3; k++) sum += b[4 * row + k]! * a[4 * k + column]!;
      return sum;
    }),
  );
}

export function mapColour(
  m: ColourMap,
  [r, g, b]: readonly [number, number, number],
): [number, number, number] {
  const row = (i: number): number => m[i]! * r + m[i + 1]! * g + m[i + 2]! * b + m[i + 3]!;
  return [row(0), row(4), row(8)];
}

/** Change all colours in place, rounded and clipped. */
export function applyColourMap(map: ColourMap, rgbU8: Uint8Array): void {
  const [a, b, c, d, e, f, g, h, i, j, k, l] = map as [
    ...[number, number, number, number],
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const out = new Uint8ClampedArray(rgbU8.buffer, rgbU8.byteOffset, rgbU8.length);
  for (let p = 0; p < out.length; p += 3) {
    const red = rgbU8[p]!;
    const green = rgbU8[p + 1]!;
    const blue = rgbU8[p + 2]!;
    out[p] = a * red + b * green + c * blue + d;
    out[p + 1] = e * red + f * green + g * blue + h;
    out[p + 2] = i * red + j * green + k * blue + l;
  }
}

/** Mean colour, of every third pixel: as near as an augmentation needs it. */
export function meanColour(rgbU8: Uint8Array): [number, number, number] {
  let [red, green, blue, count] = [0, 0, 0, 0];
  for (let p = 0; p < rgbU8.length; p += 9, count++) {
    red += rgbU8[p]!;
    green += rgbU8[p + 1]!;
    blue += rgbU8[p + 2]!;
  }
  return [red / count, green / count, blue / count];
}
