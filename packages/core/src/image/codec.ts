import type { default as SharpConstructor, Sharp } from "sharp";
import { MattelierError, messageOf } from "../util/index.js";

export type Codec = typeof SharpConstructor;
export type Pipeline = Sharp;

let loading: Promise<Codec> | undefined;

/**
 * sharp, loaded at the first picture and not at start-up: native code takes a moment to load, and whoever
 * only asks for help or for types never pays it. The rest of this folder is the only user.
 */
export function codec(): Promise<Codec> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Codec> {
  try {
    const { default: sharp } = await import("sharp");
    // Its cache keeps the last operations with their pixels for reuse; here every picture is read once.
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    throw new MattelierError({
      code: "unsupported",
      where: "the image codecs (sharp)",
      expected: `a build of sharp for ${process.platform} on ${process.arch}`,
      got: messageOf(cause),
      fix: "npm install --include=optional sharp",
      cause,
    });
  }
}

/**
 * Threads that one picture's resizing, colour conversion and filtering may use (0: as many as cores).
 * It is a setting of the whole process. Decoding and encoding of one picture take one thread whatever it is,
 * apart from AVIF.
 */
export async function setCodecThreads(count: number): Promise<void> {
  (await codec()).concurrency(count);
}
