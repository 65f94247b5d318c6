import {
  contactSheet,
  createPipeline,
  defaultAugmentations,
  drawTrimap,
  firstReadable,
  openData,
  SampleReader,
  type LabelledImage,
} from "@mattelier/core/data";
import { replaceFile } from "@mattelier/core/files";
import { encodeImage, SRGB } from "@mattelier/core/image";
import { createRng, throwIfAborted, type Rng } from "@mattelier/core/util";
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
    const sample = await firstReadable<LabelledImage>({
      draw: (attempt) => draw(attempt === 0 ? own : own.fork(`replacement:${attempt}`)),
      onBroken: (file) => void broken.set(file.sample, file.message),
      where: path,
    });
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
