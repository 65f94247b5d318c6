import {
  checkRecipe,
  Loader,
  openData,
  poolOf,
  type BatchRecipe,
  type LoaderPosition,
  type Sample,
  type SamplePool,
} from "../../data/index.js";
import { internalError, MattelierError } from "../../util/index.js";
import { readsTrimap } from "./objective.js";
import type { ResolvedConfig } from "./config/resolve-config.js";
import type { RunFolder } from "./record/run-folder.js";

/** Half the width of a trimap's band where nothing else is asked for, as a share of the side: MODNet's code dilates by about 2 %. */
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
  /** What a split sets aside, to be measured on when all is done. */
  readonly test: SamplePool | undefined;
  readonly unlabelled: SamplePool | undefined;
  openTraining(pool: SamplePool, start: LoaderPosition): Loader;
  /** Every validation picture once, stretched to the size that is validated at. */
  openValidation(): Loader;
  /** Photos without masks: `strong` for endless pairs of views, else each once. */
  openUnlabelled(options: { readonly strong: boolean; readonly start?: LoaderPosition | undefined }): Loader;
  /** The names of all pictures, for the run's folder to remember. */
  readonly namesText: string;
}

/**
 * Find a run's pictures and part them.
 * @throws MattelierError `invalid-data` for sets that are empty, share pictures, or have no masks where they need some;
 *   `invalid-config` for a batch that is larger than a set
 */
export async function gatherData(config: ResolvedConfig): Promise<RunData> {
  const { data, seed, semi } = config;
  // An adaptation trains on photos alone: what has masks is there to validate on.
  const adapts = semi?.method === "soc";
  const splits = !adapts && data.val.length === 0 && data.split === undefined;
  const split = splits ? { val: VAL_SHARE, seed } : data.split;
  const opened = await openData({ ...data, ...(split === undefined ? {} : { split }) });
  const validation = opened.val ?? (adapts ? opened.train : undefined);
  if (validation === undefined) throw internalError("gatherData", "pictures to validate on", "none");
  requireMasks([...opened.train.samples, ...validation.samples]);
  const held = [...validation.samples, ...(opened.test?.samples ?? [])];
  const used = adapts ? held : [...opened.train.samples, ...held];
  const unlabelled = semi && unlabelledPool(opened.unlabelled, semi.method, used);
  const training = adapts ? unlabelled! : opened.train;
  refuseShared(training, validation);
  const { requireBatches, ...openers } = loaders(config, validation, unlabelled);
  requireBatches(training);
  const counts =
    `${training.samples.length} to train, ${validation.samples.length} to validate` +
    (opened.test === undefined ? "" : `, ${opened.test.samples.length} set aside to test`) +
    (unlabelled === undefined ? "" : `, ${unlabelled.samples.length} without masks`);
  const names = {
    train: namesOf(training),
    val: namesOf(validation),
    test: opened.test && namesOf(opened.test),
    unlabelled: unlabelled && namesOf(unlabelled),
  };
  return {
    said: [...opened.said, counts],
    training,
    validation,
    test: opened.test,
    unlabelled,
    ...openers,
    namesText: `${JSON.stringify(names, undefined, 1)}\n`,
  };
}

function loaders(config: ResolvedConfig, validation: SamplePool, unlabelled: SamplePool | undefined) {
  const { augmentations, batch, cache, definition, onBroken, seed, sizePx, valSizePx, workers } = config;
  const squares = (side: number) =>
    ({
      sizePx: { widthPx: side, heightPx: side },
      batch,
      normalise: definition.input,
      seed,
      onBroken,
    }) satisfies Omit<BatchRecipe, "pool" | "mode">;
  const withTrimap = readsTrimap(definition, config);
  const labelled = (side: number) => ({
    ...squares(side),
    ...(withTrimap ? { trimapBandPx: config.trimap?.bandPx ?? bandOf(side) } : {}),
  });
  const bare = squares(sizePx);
  const training = (pool: SamplePool): BatchRecipe => ({
    ...(config.semi?.method === "soc" ? bare : labelled(sizePx)),
    pool,
    mode: "train",
    augment: augmentations,
  });
  const twoViews = (pool: SamplePool): BatchRecipe => ({
    ...bare,
    batch: (config.semi?.method === "mean-teacher" ? config.semi.unlabelledBatch : undefined) ?? batch,
    // Other draws than the labelled pictures'.
    seed: seed + 1,
    pool,
    mode: "train",
    augment: augmentations,
    strongAugment: STRONG,
  });
  return {
    openTraining: (pool: SamplePool, start: LoaderPosition): Loader =>
      new Loader({ ...training(pool), start, workers, cacheBytes: cache * 1e6 }),
    openValidation: (): Loader =>
      new Loader({ ...labelled(valSizePx), pool: validation, mode: "evaluate", workers }),
    openUnlabelled: ({
      strong,
      start,
    }: {
      readonly strong: boolean;
      readonly start?: LoaderPosition | undefined;
    }): Loader => {
      const pool = unlabelled!;
      if (!strong) return new Loader({ ...bare, pool, mode: "evaluate", workers });
      return new Loader({ ...twoViews(pool), workers, ...(start === undefined ? {} : { start }) });
    },
    /** @throws MattelierError `invalid-config` where one of the sets has not one whole batch */
    requireBatches: (pool: SamplePool): void => {
      checkRecipe(training(pool));
      if (config.semi?.method === "mean-teacher") checkRecipe(twoViews(unlabelled!));
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
function unlabelledPool(given: SamplePool | undefined, method: string, used: readonly Sample[]): SamplePool {
  if (given === undefined)
    throw new MattelierError({
      code: "invalid-config",
      where: "data.unlabelled",
      expected: `photos for ${method}`,
      got: "none",
      fix: "name a folder of photos under data.unlabelled, or --unlabelled FOLDER",
    });
  const known = new Set(used.map(({ imagePath }) => imagePath));
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
  if (sets.every(({ samples }) => samples.length === 0))
    throw new MattelierError({
      code: "invalid-data",
      where: "data.unlabelled",
      expected: "photos besides those that are trained, validated or tested on",
      got: `${given.samples.length} that all are`,
      fix: "name other folders, or train on fewer: `draw` takes some of a set",
    });
  return poolOf(sets, { where: "data.unlabelled" });
}

const namesOf = (pool: SamplePool): string[] => pool.samples.map(({ name }) => name);

/** @throws MattelierError `invalid-data` where a run began with other pictures than there are */
export async function requireSameData({ namesText }: RunData, run: RunFolder): Promise<void> {
  if ((await run.dataText()) === namesText) return;
  throw new MattelierError({
    code: "invalid-data",
    where: run.path,
    expected: "the pictures that the run began with (data.json)",
    got: "others: files were added, renamed or taken away since",
    fix: "bring them back, or begin a new run from this one's checkpoints/best.safetensors by init.weights",
  });
}
