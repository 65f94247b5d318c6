import type { Normalisation } from "./loader-options.js";

/** Writes pictures as the network's numbers; each channel by a table of its 256 values. */
export function createNormaliser({
  scale,
  mean,
  std,
}: Normalisation): (rgbU8: Uint8Array, to: Float32Array, offset: number) => void {
  const [red, green, blue] = [0, 1, 2].map((c) =>
    Float32Array.from({ length: 256 }, (_, byte) => (byte / scale - mean[c]!) / std[c]!),
  ) as [Float32Array, Float32Array, Float32Array];
  return (rgbU8, to, offset) => {
    const pixels = rgbU8.length / 3;
    for (let p = 0, i = 0, r = offset, g = offset + pixels, b = g + pixels; p < pixels; p++, i += 3) {
      to[r++] = red[rgbU8[i]!]!;
      to[g++] = green[rgbU8[i + 1]!]!;
      to[b++] = blue[rgbU8[i + 2]!]!;
    }
  };
}

const OF_BYTE = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Writes a matte's bytes as opacity. */
export function writeMatte(
  alphaU8: Uint8Array | undefined,
  to: Float32Array,
  offset: number,
  pixels: number,
): void {
  if (alphaU8 === undefined) to.fill(0, offset, offset + pixels);
  else for (let p = 0; p < pixels; p++) to[offset + p] = OF_BYTE[alphaU8[p]!]!;
}
