import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedBatch, Loader, Sample } from "../../../data/index.js";
import { fileError, replaceFile } from "../../../files/index.js";
import {
  encodeImage,
  picture,
  readHeader,
  resizePicture,
  SRGB_GREY,
  type Picture,
} from "../../../image/index.js";
import { countPixels, iou } from "../../../metrics/index.js";
import { MattelierError } from "../../../util/index.js";
import type { TrainStep } from "../../step.js";
import type { BrokenFiles } from "../broken-files.js";
import { PREDICT } from "../define-run.js";
import type { RunConfig } from "../config/config.js";
import type { BatchFeeds } from "../feeds.js";
import { matteBytes } from "../matte-bytes.js";
import type { ResolvedConfig } from "../config/resolve-config.js";
import type { RoundWatch } from "./semi.js";

export type SelfTrainingConfig = Extract<
  NonNullable<RunConfig["semi"]>,
  { readonly method: "self-training" }
>;

export interface LabellingParts {
  readonly config: ResolvedConfig;
  readonly settings: SelfTrainingConfig;
  /** Photos without masks, each once, in order, at the network's size. */
  readonly openUnlabelled: () => Loader;
  readonly samples: readonly Sample[];
  readonly feeds: BatchFeeds;
  readonly broken: BrokenFiles;
}

/** What the network thinks of its own label of a photo. */
export interface Judgement {
  /** Of the photo, among the samples. */
  readonly index: number;
  /** See {@link certainty}. */
  readonly certainty: number;
  /** Whether the mirrored photo's label is much the same. */
  readonly agrees: boolean;
}

/**
 * Write a mask for every photo whose label can be trusted; what the folder held is taken away.
 * @returns a judgement of each photo; undefined when it was left off
 * @throws MattelierError `unwritable`
 */
export async function writePseudoLabels(
  parts: LabellingParts,
  folder: string,
  step: TrainStep,
  { signal, onProgress }: RoundWatch,
): Promise<Judgement[] | undefined> {
  const { config, feeds, openUnlabelled, samples, broken, settings } = parts;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError(error, { where: folder, doing: "writing" });
  }
  const indices = new Map(samples.map(({ name }, index) => [name, index]));
  const loader = openUnlabelled();
  const judged: Judgement[] = [];
  try {
    for (let batch = await loader.next(); batch !== undefined; batch = await loader.next()) {
      if (signal?.aborted === true) return undefined;
      broken.note(loader);
      const straight = await predict(step, feeds, batch.images, config);
      const turned = await predict(step, feeds, mirror(batch.images, config.sizePx), config);
      const mirrored = mirror(turned, config.sizePx);
      judged.push(...(await keepSure({ parts, batch, indices, straight, mirrored, folder })));
      onProgress({ done: judged.length, of: samples.length });
    }
    // Photos that are broken are through as well.
    if (judged.length < samples.length) onProgress({ done: samples.length, of: samples.length });
  } finally {
    await loader.dispose();
  }
  const least = leastCertainty(judged, settings);
  for (const { index, agrees, certainty: sure } of judged)
    if (agrees && sure < least) await rm(join(folder, fileOf(index, samples[index]!)), { force: true });
  return judged;
}

async function predict(
  step: TrainStep,
  feeds: BatchFeeds,
  images: Float32Array,
  { batch, ema }: ResolvedConfig,
): Promise<Float32Array> {
  const image = feeds.image(images, batch);
  const { matte } = await step.evaluate(PREDICT, { image }, { average: ema !== undefined });
  return matte!.data as Float32Array;
}

/**
 * The least certainty of a label that is kept: `confidence`; or, where a `portion` is to be kept, that of the last of the
 * surest so many (Zou 2018, arXiv:1810.07911, §4).
 */
export function leastCertainty(
  judged: readonly Pick<Judgement, "certainty">[],
  { confidence, portion }: Pick<SelfTrainingConfig, "confidence" | "portion">,
): number {
  if (portion === undefined) return confidence;
  const surest = judged.map(({ certainty: sure }) => sure).sort((a, b) => b - a);
  return surest[Math.ceil(portion * surest.length) - 1] ?? 0;
}

interface Predicted {
  readonly parts: LabellingParts;
  readonly batch: LoadedBatch;
  /** Of the photos' names. */
  readonly indices: ReadonlyMap<string, number>;
  readonly straight: Float32Array;
  readonly mirrored: Float32Array;
  readonly folder: string;
}

/** Judge the labels of a batch, and write those that may be kept: which portion is the surest shows at the end. */
async function keepSure({
  parts: { config, samples, settings },
  batch,
  indices,
  straight,
  mirrored,
  folder,
}: Predicted): Promise<Judgement[]> {
  const { sizePx } = config;
  const pixels = sizePx * sizePx;
  const judged: Judgement[] = [];
  for (let i = 0; i < batch.count; i++) {
    const [a, b] = [straight, mirrored].map((mattes) => mattes.subarray(i * pixels, (i + 1) * pixels)) as [
      Float32Array,
      Float32Array,
    ];
    const mean = a.map((value, p) => (value + b[p]!) / 2);
    const index = indices.get(batch.names[i]!)!;
    const agrees = iou(countPixels(matteBytes(a), matteBytes(b))) >= settings.agreement;
    const judgement = { index, certainty: certainty(mean), agrees };
    judged.push(judgement);
    if (!agrees || (settings.portion === undefined && judgement.certainty < settings.confidence)) continue;
    const sample = samples[index]!;
    const mask = await toPhotoSize(matteBytes(mean), sizePx, sample.imagePath);
    const frames = [{ picture: mask, delayMs: 0 }];
    const png = await encodeImage({ frames, loop: 0, colour: SRGB_GREY }, { format: "png" });
    await replaceFile(join(folder, fileOf(index, sample)), png);
  }
  return judged;
}

/** A square prediction as a mask of its photo's size. */
async function toPhotoSize(matte: Uint8Array, sizePx: number, path: string): Promise<Picture> {
  const { widthPx, heightPx, orientation } = await readHeader(await readFile(path), path);
  const turned = orientation > 4; // stored on its side
  return resizePicture(picture(sizePx, sizePx, 1, matte), {
    widthPx: turned ? heightPx : widthPx,
    heightPx: turned ? widthPx : heightPx,
    kernel: "linear",
  });
}

/** How sure a matte is where it matters: the mean of |2p - 1| over what is taken for subject and its rim (p > 0.05). */
function certainty(matte: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (const p of matte) {
    if (p <= 0.05) continue;
    sum += Math.abs(2 * p - 1);
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
}

/** Turn rows round, in planes of any number. */
function mirror(planes: Float32Array, widthPx: number): Float32Array {
  const turned = new Float32Array(planes.length);
  for (let row = 0; row < planes.length; row += widthPx)
    for (let x = 0; x < widthPx; x++) turned[row + x] = planes[row + widthPx - 1 - x]!;
  return turned;
}

/** A mask's file: by the photo's place among the samples, since names may differ in what a file system does not tell apart. */
export function fileOf(index: number, { name }: Pick<Sample, "name">): string {
  return `${String(index).padStart(6, "0")}-${name.replaceAll(/[^A-Za-z0-9_.-]+/g, "-").slice(-60)}.png`;
}

/**
 * Samples of a round, in the photos' order.
 * @throws MattelierError `not-found` where the folder has gone, `invalid-data` where it holds masks of other photos
 */
export async function readPseudoLabels(folder: string, samples: readonly Sample[]): Promise<Sample[]> {
  const names = new Set(
    await readdir(folder).catch((error: unknown) => {
      throw fileError(error, { where: folder, doing: "reading", expected: "the pseudo-labels of a round" });
    }),
  );
  const found = samples.flatMap((sample, index): Sample[] => {
    const file = fileOf(index, sample);
    if (!names.delete(file)) return [];
    const { imagePath, name } = sample;
    return [
      { kind: "pair", name: `pseudo/${name}`, imagePath, maskPath: join(folder, file), maskValues: "matte" },
    ];
  });
  const strange = [...names].find((name) => name.endsWith(".png") && !name.startsWith("."));
  if (strange === undefined) return found;
  throw new MattelierError({
    code: "invalid-data",
    where: folder,
    expected: "masks of this run's photos",
    got: `${strange} besides`,
    fix: "take it away",
  });
}
