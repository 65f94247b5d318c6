import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedBatch, Loader, Sample, SamplePool } from "../../data/index.js";
import { replaceFile } from "../../files/index.js";
import {
  encodeImage,
  picture,
  readHeader,
  resizePicture,
  SRGB_GREY,
  type Picture,
} from "../../image/index.js";
import { countPixels, iou } from "../../metrics/index.js";
import type { TrainStep } from "../step.js";
import { PREDICT } from "./define-run.js";
import type { RunConfig } from "./config.js";
import type { BatchFeeds } from "./feeds.js";
import type { ResolvedConfig } from "./resolve-config.js";
import { matteBytes } from "./matte-bytes.js";
import type { Semi } from "./semi.js";

export type SelfTrainingConfig = Extract<
  NonNullable<RunConfig["semi"]>,
  { readonly method: "self-training" }
>;

export interface SelfTrainingParts {
  readonly config: ResolvedConfig;
  readonly settings: SelfTrainingConfig;
  readonly labelled: SamplePool;
  /** Photos without masks, each once, in order, at the network's size. */
  readonly openUnlabelled: () => Loader;
  readonly samples: readonly Sample[];
  readonly feeds: BatchFeeds;
  /** Where masks of pseudo-labelled photos go, a folder for each round. */
  readonly folder: string;
  /** Rounds made before, by an earlier sitting. */
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/**
 * Self-training (Lee 2013, Pseudo-Label; Xie 2020, arXiv:1911.04252): the network labels photos without masks; those
 * labels that it is sure of, and that it gives the mirrored photo too, join the training set; and again, with what it
 * has become.
 */
export async function selfTraining(parts: SelfTrainingParts): Promise<Semi> {
  const { config, settings, labelled, folder, say } = parts;
  const roundFolder = (round: number): string => join(folder, `round-${round + 1}`);
  let pool = labelled;
  const take = async (round: number): Promise<number> => {
    const found = await pseudoLabelled(roundFolder(round), parts.samples);
    pool =
      found.length === 0
        ? labelled
        : {
            samples: [...labelled.samples, ...found],
            parts: [...labelled.parts, { count: found.length, weight: settings.weight }],
            backgrounds: labelled.backgrounds,
          };
    return found.length;
  };
  if (parts.rounds > 0) await take(parts.rounds - 1);
  const every = (config.epochs - settings.warmEpochs) / settings.rounds;

  return {
    get trainingPool() {
      return pool;
    },
    roundIsDue: ({ rounds, position: { epoch, index } }) =>
      index === 0 && rounds < settings.rounds && epoch >= settings.warmEpochs + Math.floor(rounds * every),
    async makeRound(round, step) {
      const certainties = await label(parts, step, roundFolder(round));
      const kept = await take(round);
      say(`round ${round + 1} of pseudo-labels: ${outcome(kept, certainties, settings)}`);
    },
    feeds: (batch) => Promise.resolve(parts.feeds.labelled(batch)),
    emaDecay: () => undefined,
    position: undefined,
    dispose: () => Promise.resolve(),
  };
}

/** What a round has come to, and what to do where it has come to nothing. */
function outcome(
  kept: number,
  certainties: readonly number[],
  { agreement, confidence }: SelfTrainingConfig,
): string {
  const middle = certainties.toSorted((a, b) => a - b)[certainties.length >> 1] ?? 0;
  const unsure = certainties.filter((one) => one < confidence).length;
  return [
    `kept ${kept} of ${certainties.length} photos`,
    `${unsure} are less certain than ${confidence} (half of all than ${middle.toFixed(2)})`,
    `${certainties.length - unsure - kept} mirrored agree less than ${agreement}`,
    ...(kept === 0 ? ["labels alone are trained on: train longer first (warmEpochs), or ask for less"] : []),
  ].join("; ");
}

/** Write a mask for every photo whose label can be trusted. @returns how certain each photo's is */
async function label(
  { config, settings, feeds, openUnlabelled, samples }: SelfTrainingParts,
  step: TrainStep,
  folder: string,
): Promise<number[]> {
  await mkdir(folder, { recursive: true });
  const { sizePx } = config;
  const paths = new Map(samples.map(({ name, imagePath }) => [name, imagePath]));
  const loader = openUnlabelled();
  const certainties: number[] = [];
  try {
    for (let batch = await loader.next(); batch !== undefined; batch = await loader.next()) {
      const straight = await predict(step, feeds, batch.images, config);
      const mirrored = mirror(await predict(step, feeds, mirror(batch.images, sizePx), config), sizePx);
      certainties.push(...(await keepSure({ batch, straight, mirrored, settings, sizePx, paths, folder })));
    }
  } finally {
    await loader.dispose();
  }
  return certainties;
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

interface Judged {
  readonly batch: LoadedBatch;
  readonly straight: Float32Array;
  readonly mirrored: Float32Array;
  readonly settings: SelfTrainingConfig;
  readonly sizePx: number;
  /** Of the photos, by name. */
  readonly paths: ReadonlyMap<string, string>;
  readonly folder: string;
}

/** @returns how certain each picture's label is */
async function keepSure({
  batch,
  straight,
  mirrored,
  settings,
  sizePx,
  paths,
  folder,
}: Judged): Promise<number[]> {
  const pixels = sizePx * sizePx;
  const certainties: number[] = [];
  for (let i = 0; i < batch.count; i++) {
    const [a, b] = [straight, mirrored].map((mattes) => mattes.subarray(i * pixels, (i + 1) * pixels)) as [
      Float32Array,
      Float32Array,
    ];
    const mean = a.map((value, p) => (value + b[p]!) / 2);
    const sure = certainty(mean);
    certainties.push(sure);
    if (sure < settings.confidence) continue;
    if (iou(countPixels(matteBytes(a), matteBytes(b))) < settings.agreement) continue;
    const mask = await toPhotoSize(matteBytes(mean), sizePx, paths.get(batch.names[i]!)!);
    const frames = [{ picture: mask, delayMs: 0 }];
    const png = await encodeImage({ frames, loop: 0, colour: SRGB_GREY }, { format: "png" });
    await replaceFile(join(folder, `${encodeURIComponent(batch.names[i]!)}.png`), png);
  }
  return certainties;
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
export function certainty(matte: Float32Array): number {
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
export function mirror(planes: Float32Array, widthPx: number): Float32Array {
  const turned = new Float32Array(planes.length);
  for (let row = 0; row < planes.length; row += widthPx)
    for (let x = 0; x < widthPx; x++) turned[row + x] = planes[row + widthPx - 1 - x]!;
  return turned;
}

/** Samples of a round, in order of name. */
async function pseudoLabelled(folder: string, samples: readonly Sample[]): Promise<Sample[]> {
  const names = new Set(await readdir(folder).catch(() => []));
  return samples.flatMap((sample): Sample[] => {
    const file = `${encodeURIComponent(sample.name)}.png`;
    if (!names.has(file)) return [];
    const { imagePath, name } = sample;
    return [
      { kind: "pair", name: `pseudo/${name}`, imagePath, maskPath: join(folder, file), maskValues: "matte" },
    ];
  });
}
