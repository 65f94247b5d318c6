import { decodeReduced, type Picture } from "../../image/index.js";
import { probeGrey } from "./probe.js";

const SIDE = 32;
/** Levels between the channels of a grey picture: JPEG's rounding. */
const TOLERANCE = 4;

/**
 * Which of two lists of files, the photo and the mask of each pair, holds the masks: the one of a single channel; where
 * that tells nothing, the one whose pixels are grey or of varying opacity. Undefined where both or neither are.
 */
export async function whichAreMasks(
  first: readonly string[],
  second: readonly string[],
): Promise<"first" | "second" | undefined> {
  for (const looksLikeMasks of [probeGrey, probePixels]) {
    const [a, b] = [await looksLikeMasks(first), await looksLikeMasks(second)];
    if (a !== b) return a ? "first" : "second";
  }
  return undefined;
}

/** Whether the first few pictures, in little, are grey or of varying opacity. */
async function probePixels(paths: readonly string[]): Promise<boolean> {
  const size = { widthPx: SIDE, heightPx: SIDE };
  const decoded = await Promise.all(
    // A file that cannot be read says nothing here; `checkDataset` and the loader name it.
    paths.slice(0, 4).map((path) => decodeReduced(path, { channels: "as-is", size }).catch(() => undefined)),
  );
  const read = decoded.filter((one) => one !== undefined);
  return read.length > 0 && read.every(({ picture }) => isGrey(picture) || variesInOpacity(picture));
}

function isGrey({ data, channels }: Picture<Uint8Array>): boolean {
  if (channels < 3) return true;
  for (let i = 0; i < data.length; i += channels) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > TOLERANCE) return false;
  }
  return true;
}

function variesInOpacity({ data, channels }: Picture<Uint8Array>): boolean {
  if (channels === 1 || channels === 3) return false;
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== data[channels - 1]) return true;
  return false;
}
