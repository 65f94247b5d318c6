import { decodeReduced, type Picture } from "../../image/index.js";

const SIDE = 32;
const LOW = 8;

/** What a picture looks like, in little: survives scaling, recompression and small changes of tone. */
export interface Fingerprint {
  /** 64 bits in two words: signs of low frequencies (pHash, Zauner 2010). */
  readonly bits: readonly [number, number];
  /** Grey, 32x32, of mean 0 and norm 1. */
  readonly thumbnail: Float32Array;
}

/** A file's fingerprint, and its size. Reads the whole file: what is cut short throws. */
export async function fingerprintFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly fingerprint: Fingerprint; readonly widthPx: number; readonly heightPx: number }> {
  const decoded = await decodeReduced(path, {
    channels: "rgb",
    size: { widthPx: SIDE, heightPx: SIDE },
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    fingerprint: fingerprint(decoded.picture),
    widthPx: decoded.fullWidthPx,
    heightPx: decoded.fullHeightPx,
  };
}

/** @param small RGB, 32x32 */
export function fingerprint({ data }: Picture<Uint8Array>): Fingerprint {
  const grey = Float32Array.from(
    { length: SIDE * SIDE },
    (_, i) => 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!,
  );
  return { bits: lowFrequencySigns(grey), thumbnail: normalised(grey) };
}

/** The cosines of the DCT's lowest eight frequencies but the mean's, [LOW, SIDE]. */
const COSINES = Float32Array.from({ length: LOW * SIDE }, (_, i) =>
  Math.cos((Math.PI / SIDE) * ((i % SIDE) + 0.5) * (Math.floor(i / SIDE) + 1)),
);

function lowFrequencySigns(grey: Float32Array): [number, number] {
  const rows = new Float32Array(SIDE * LOW);
  for (let y = 0; y < SIDE; y++)
    for (let u = 0; u < LOW; u++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += grey[y * SIDE + x]! * COSINES[u * SIDE + x]!;
      rows[y * LOW + u] = sum;
    }
  const bits: [number, number] = [0, 0];
  for (let v = 0; v < LOW; v++)
    for (let u = 0; u < LOW; u++) {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) sum += rows[y * LOW + u]! * COSINES[v * SIDE + y]!;
      const bit = v * LOW + u;
      if (sum > 0) bits[bit >> 5]! |= 1 << (bit & 31);
    }
  return [bits[0] >>> 0, bits[1] >>> 0];
}

function normalised(grey: Float32Array): Float32Array {
  const mean = grey.reduce((a, b) => a + b, 0) / grey.length;
  const norm = Math.sqrt(grey.reduce((sum, v) => sum + (v - mean) ** 2, 0));
  return grey.map((v) => (norm < 1e-3 ? 0 : (v - mean) / norm));
}
