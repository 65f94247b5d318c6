import { decodeReduced, readHeader, readInput } from "../../image/index.js";
import type { MaskValues } from "../sample.js";

/** Few files, spread evenly over a list: what they are like stands for all. */
function someOf(paths: readonly string[], count: number): string[] {
  const step = Math.max(1, Math.floor(paths.length / count));
  return paths.filter((_, i) => i % step === 0).slice(0, count);
}

/**
 * How a set's masks are to be read: as labels when no value of a few of them reaches half of full opacity (masks of
 * 0 and 1 are common, and train a network to find nothing).
 */
export async function probeMaskValues(paths: readonly string[]): Promise<MaskValues> {
  let [most, isEmpty] = [0, true];
  for (const path of someOf(paths, 6)) {
    const { picture } = await decodeReduced(path, { channels: "as-is" }).catch(() => ({
      picture: undefined,
    }));
    // A file that cannot be read says nothing here; `checkDataset` and the loader name it.
    for (const value of picture?.data ?? []) if (value > most) most = value;
    if (most > 0) isEmpty = false;
    if (most >= 128) return "matte";
  }
  return isEmpty ? "matte" : "labels";
}

/** Whether pictures have an alpha channel, by the headers of a few. */
export async function probeAlpha(paths: readonly string[]): Promise<boolean> {
  const headers = await Promise.all(someOf(paths, 4).map(headerOf));
  const read = headers.filter((header) => header !== undefined);
  return read.length > 0 && read.every((header) => header.hasAlpha);
}

/** Whether pictures have one channel, by the headers of a few. */
export async function probeGrey(paths: readonly string[]): Promise<boolean> {
  const headers = await Promise.all(someOf(paths, 4).map(headerOf));
  const read = headers.filter((header) => header !== undefined);
  return read.length > 0 && read.every((header) => header.channels - (header.hasAlpha ? 1 : 0) === 1);
}

async function headerOf(path: string) {
  try {
    return await readHeader(await readInput(path), path);
  } catch {
    return undefined; // as above: named where it is used
  }
}
