import { decodeReduced, readHeader, readInput, type Picture } from "../../image/index.js";
import { maskValuesOf } from "../mask-values.js";
import type { MaskValues } from "../sample.js";

/** Few files, spread evenly over a list: what they are like stands for all. */
function someOf(paths: readonly string[], count: number): string[] {
  const step = Math.max(1, Math.floor(paths.length / count));
  return paths.filter((_, i) => i % step === 0).slice(0, count);
}

/** How a set's masks are to be read, and what it says of that where they hold labels. */
export interface ProbedMasks {
  readonly maskValues: MaskValues;
  readonly labels: string | undefined;
}

const LABELS = {
  matte: undefined,
  labels: "masks hold labels: any value but 0 and 255 (to ignore) is subject",
  colours: "masks hold labels by colour: any but black and VOC's void (to ignore) is subject",
} as const satisfies Record<MaskValues, string | undefined>;

/**
 * How a set's masks are to be read, by a few of them: labels (masks of 0 and 1 are common, and as opacity train a network
 * to find nothing) or opacity.
 */
export async function probeMasks(paths: readonly string[]): Promise<ProbedMasks> {
  const maskValues = await maskValuesOf(decodedOf(someOf(paths, 6)));
  return { maskValues, labels: LABELS[maskValues] };
}

async function* decodedOf(paths: readonly string[]): AsyncGenerator<Picture<Uint8Array>> {
  for (const path of paths) {
    // A file that cannot be read says nothing here; `checkDataset` and the loader name it.
    const decoded = await decodeReduced(path, { channels: "as-is" }).catch(() => undefined);
    if (decoded !== undefined) yield decoded.picture;
  }
}

/**
 * The pictures with an alpha channel, if by the headers of a few most have one; none otherwise. The other headers are read
 * where one of the few has none: a picture of another kind that they miss stays, and `checkDataset` finds it full.
 */
export async function withAlpha(paths: readonly string[]): Promise<readonly string[]> {
  const headers = await Promise.all(someOf(paths, 4).map(headerOf));
  const read = headers.filter((header) => header !== undefined);
  const some = read.filter(({ hasAlpha }) => hasAlpha);
  if (2 * some.length <= read.length) return [];
  if (some.length === read.length) return paths;
  const having: string[] = [];
  for (const path of paths) if ((await headerOf(path))?.hasAlpha !== false) having.push(path);
  return having;
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
