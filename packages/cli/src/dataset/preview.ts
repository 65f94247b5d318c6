import {
  BrokenSample,
  contactSheet,
  createPipeline,
  defaultAugmentations,
  drawTrimap,
  openData,
  SampleReader,
  type LabelledImage,
} from "@mattelier/core/data";
import { replaceFile } from "@mattelier/core/files";
import { encodeImage, SRGB } from "@mattelier/core/image";
import { createRng, MattelierError, throwIfAborted, type Rng } from "@mattelier/core/util";
import { readAugmentations } from "../files/read-augmentations.js";

export interface PreviewOptions {
  readonly output: string;
  readonly size: number;
  readonly count: number;
  readonly columns: number;
  readonly seed: number;
  readonly backgrounds: readonly string[];
  /** A file with a list of augmentations, or a training configuration; what training does by default where there is none. */
  readonly augment: string | undefined;
  /** Show trimaps too, half the width of their band drawn from this range of pixels. */
  readonly trimap: readonly [low: number, high: number] | undefined;
  readonly signal: AbortSignal;
}

/** How many samples may turn out broken before a place of the sheet is given up, as while training. */
const MAX_REPLACEMENTS = 16;

/**
 * Write a sheet of augmented samples of a set.
 * @returns lines that say how the set was understood, and which files were passed over since they cannot be used
 */
export async function writePreview(path: string, options: PreviewOptions): Promise<readonly string[]> {
  const { size, count, seed, signal, trimap } = options;
  const asked = options.augment === undefined ? undefined : await readAugmentations(options.augment);
  const pipeline = createPipeline(asked ?? defaultAugmentations(size));
  const { train, said } = await openData(
    { train: path, backgrounds: [...options.backgrounds] },
    { where: path },
  );
  const reader = new SampleReader(train, { minShortSidePx: 2 * size });
  reader.requireBackgroundsFor(pipeline);
  const broken = new Map<string, string>();
  const draw = async (rng: Rng): Promise<LabelledImage> => {
    const image = await reader.sample(rng.integer(train.samples.length), rng.fork("compose"));
    const others = reader.others(rng.fork("others"));
    return pipeline.run(image, rng.fork("augment"), others, { widthPx: size, heightPx: size });
  };
  const rng = createRng(seed);
  const samples: LabelledImage[] = [];
  const trimaps: (Uint8Array | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    throwIfAborted(signal, options.output);
    const own = rng.fork(`sample:${i}`);
    const sample = await readable(draw, own, { broken, where: path });
    samples.push(sample);
    if (trimap !== undefined) trimaps.push(drawTrimap(sample, trimap, own.fork("trimap")));
  }
  const sheet = contactSheet(samples, {
    columns: options.columns,
    trimaps: trimap === undefined ? undefined : trimaps,
  });
  const bytes = await encodeImage(
    { frames: [{ picture: sheet, delayMs: 0 }], loop: 0, colour: SRGB },
    { format: "png", signal },
  );
  await replaceFile(options.output, bytes);
  return [...said, ...Array.from(broken, ([name, reason]) => `passed over ${name}: ${reason}`)];
}

/** A draw; where its file cannot be used, which `broken` takes note of, another in its place. */
async function readable(
  draw: (rng: Rng) => Promise<LabelledImage>,
  rng: Rng,
  { broken, where }: { readonly broken: Map<string, string>; readonly where: string },
): Promise<LabelledImage> {
  for (let attempt = 0; attempt <= MAX_REPLACEMENTS; attempt++)
    try {
      return await draw(attempt === 0 ? rng : rng.fork(`replacement:${attempt}`));
    } catch (error) {
      if (!(error instanceof BrokenSample)) throw error;
      broken.set(error.sample, error.message);
    }
  throw new MattelierError({
    code: "invalid-data",
    where,
    expected: `a readable picture within ${MAX_REPLACEMENTS + 1} drawn`,
    got: `none, the last because ${[...broken.values()].at(-1)!}`,
    fix: "`mattelier dataset check` lists the files that are broken",
  });
}
