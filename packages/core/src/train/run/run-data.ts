import { readFile } from "node:fs/promises";
import {
  Loader,
  openData,
  poolOf,
  type BatchRecipe,
  type LoaderPosition,
  type Sample,
  type SamplePool,
} from "../../data/index.js";
import { fileError, replaceFile } from "../../files/index.js";
import { internalError, MattelierError } from "../../util/index.js";
import { readsTrimap } from "./objective.js";
import type { ResolvedConfig } from "./resolve-config.js";
import type { RunFolder } from "./run-folder.js";

/** Half the width of a training trimap's band, as a share of the side: MODNet's code dilates by about 2 %. */
const TRIMAP_BAND = [0.01, 0.04] as const;
/** Colours of the second view in consistency training. */
const STRONG = [
  { brightness: { factor: [0.6, 1.6] } },
  { contrast: { factor: [0.6, 1.6] } },
  { saturation: { factor: [0.4, 1.8] } },
  { blur: {}, probability: 0.5 },
];

/** Share of the training sets to validate on, where nothing else is said. */
const VAL_SHARE = 0.1;

/** The pictures of a run, and loaders over them. */
export interface RunData {
  /** What was found, in sentences for people. */
  readonly said: readonly string[];
  readonly training: SamplePool;
  readonly validation: SamplePool;
  readonly unlabelled: SamplePool | undefined;
  openTraining(pool: SamplePool, start: LoaderPosition): Loader;
  /** Every validation picture once, stretched to the network's size. */
  openValidation(): Loader;
  /** Photos without masks: `strong` for endless pairs of views, else each once. */
  openUnlabelled(options: { readonly strong: boolean; readonly start?: LoaderPosition | undefined }): Loader;
  /** Note in the run's folder what it trains on. */
  remember(run: RunFolder): Promise<void>;
  /** @throws MattelierError `invalid-data` when that is no longer what is there */
  compare(run: RunFolder): Promise<void>;
}

/**
 * Find a run's pictures and part them.
 * @throws MattelierError `invalid-data` for sets that are empty, share pictures, or have no masks where they need some
 */
export async function gatherData(config: ResolvedConfig): Promise<RunData> {
  const { data, seed, semi } = config;
  const split = data.val.length === 0 && data.split === undefined ? { val: VAL_SHARE, seed } : data.split;
  const opened = await openData({ ...data, ...(split === undefined ? {} : { split }) });
  const { train: training, val: validation } = opened;
  if (validation === undefined) throw internalError("gatherData", "pictures to validate on", "none");
  requireMasks([...training.samples, ...validation.samples]);
  refuseShared(training, validation);
  const unlabelled =
    semi === undefined
      ? undefined
      : unlabelledPool(opened.unlabelled, semi.method, [...training.samples, ...validation.samples]);
  const counts =
    `${training.samples.length} to train, ${validation.samples.length} to validate` +
    (unlabelled === undefined ? "" : `, ${unlabelled.samples.length} without masks`);
  const names = {
    train: namesOf(training),
    val: namesOf(validation),
    unlabelled: unlabelled && namesOf(unlabelled),
  };
  return {
    said: [...opened.said, counts],
    training,
    validation,
    unlabelled,
    ...loaders(config, validation, unlabelled),
    ...memory(names),
  };
}

function loaders(config: ResolvedConfig, validation: SamplePool, unlabelled: SamplePool | undefined) {
  const { augmentations, batch, cache, definition, seed, sizePx, workers } = config;
  const bare = {
    sizePx: { widthPx: sizePx, heightPx: sizePx },
    batch,
    normalise: definition.input,
    seed,
  } satisfies Omit<BatchRecipe, "pool" | "mode">;
  const recipe = readsTrimap(definition, config) ? { ...bare, trimapBandPx: bandOf(sizePx) } : bare;
  return {
    openTraining: (pool: SamplePool, start: LoaderPosition): Loader =>
      new Loader({
        ...recipe,
        pool,
        mode: "train",
        augment: augmentations,
        start,
        workers,
        cacheBytes: cache * 1e6,
      }),
    openValidation: (): Loader => new Loader({ ...recipe, pool: validation, mode: "evaluate", workers }),
    openUnlabelled: ({
      strong,
      start,
    }: {
      readonly strong: boolean;
      readonly start?: LoaderPosition | undefined;
    }): Loader => {
      const pool = unlabelled!;
      if (!strong) return new Loader({ ...bare, pool, mode: "evaluate", workers });
      const count = config.semi?.method === "mean-teacher" ? config.semi.unlabelledBatch : undefined;
      return new Loader({
        ...bare,
        batch: count ?? batch,
        // Other draws than the labelled pictures'.
        seed: seed + 1,
        pool,
        mode: "train",
        augment: augmentations,
        strongAugment: STRONG,
        workers,
        ...(start === undefined ? {} : { start }),
      });
    },
  };
}

const bandOf = (sizePx: number): [number, number] => [
  Math.max(1, Math.round(TRIMAP_BAND[0] * sizePx)),
  Math.max(2, Math.round(TRIMAP_BAND[1] * sizePx)),
];

function requireMasks(samples: readonly Sample[]): void {
  const bare = samples.find(({ kind }) => kind === "unlabelled");
  if (bare === undefined) return;
  throw new MattelierError({
    code: "invalid-data",
    where: bare.imagePath,
    expected: "a photo with a mask in data.train and data.val",
    got: "one without",
    fix: "list sets without masks under data.unlabelled",
  });
}

function refuseShared(training: SamplePool, validation: SamplePool): void {
  const trained = new Set(training.samples.map(({ imagePath }) => imagePath));
  const shared = validation.samples.filter(({ imagePath }) => trained.has(imagePath));
  if (shared.length === 0) return;
  throw new MattelierError({
    code: "invalid-data",
    where: "data.val",
    expected: "pictures that are not trained on",
    got: `${shared.length} that are, such as ${shared[0]!.imagePath}`,
    fix: "give split files to both, or leave val out and a part of train is taken",
  });
}

/** Photos of the sets, their masks set aside where they have any; those that are trained or validated on left out. */
function unlabelledPool(
  given: SamplePool | undefined,
  method: string,
  labelled: readonly Sample[],
): SamplePool {
  if (given === undefined)
    throw new MattelierError({
      code: "invalid-config",
      where: "data.unlabelled",
      expected: `photos for ${method}`,
      got: "none",
      fix: "name a folder of photos under data.unlabelled, or --unlabelled FOLDER",
    });
  const known = new Set(labelled.map(({ imagePath }) => imagePath));
  let first = 0;
  const sets = given.parts.map(({ count, weight }) => {
    const samples = given.samples.slice(first, (first += count));
    return {
      weight,
      samples: samples
        .filter(({ imagePath }) => !known.has(imagePath))
        .map(({ name, imagePath }): Sample => ({ kind: "unlabelled", name, imagePath })),
    };
  });
  return poolOf(sets, { where: "data.unlabelled" });
}

const namesOf = (pool: SamplePool): string[] => pool.samples.map(({ name }) => name);

function memory(names: unknown): Pick<RunData, "remember" | "compare"> {
  const text = `${JSON.stringify(names, undefined, 1)}\n`;
  return {
    remember: (run) => replaceFile(run.file("data.json"), text),
    async compare(run) {
      const path = run.file("data.json");
      const before = await readFile(path, "utf8").catch((error: unknown) => {
        throw fileError(error, { where: path, doing: "reading" });
      });
      if (before === text) return;
      throw new MattelierError({
        code: "invalid-data",
        where: path,
        expected: "the pictures that the run began with",
        got: "others: files were added, renamed or taken away since",
        fix: "bring them back, or begin a new run from this one's checkpoints/best.safetensors by init.weights",
      });
    },
  };
}
