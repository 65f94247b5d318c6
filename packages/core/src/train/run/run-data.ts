import { readFile } from "node:fs/promises";
import {
  findDataset,
  Loader,
  picturesBelow,
  poolOf,
  type BatchRecipe,
  type LoaderPosition,
  type Sample,
  type SamplePool,
} from "../../data/index.js";
import { fileError, replaceFile } from "../../files/index.js";
import { MattelierError } from "../../util/index.js";
import { drawn, namedIn } from "./choose-samples.js";
import type { DatasetConfig } from "./config.js";
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

interface LabelledSet {
  readonly samples: readonly Sample[];
  readonly weight: number;
}

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
  const said: string[] = [];
  const open = async (
    set: DatasetConfig,
  ): Promise<{ samples: readonly Sample[]; backgrounds: readonly string[] }> => {
    const { dir, split, layout, images, masks } = set;
    const found = await findDataset(dir, { layout, images, masks });
    const samples = split === undefined ? found.samples : await namedIn(split, found.samples);
    said.push(
      `${dir}: ${found.said}${split === undefined ? "" : `, of which ${samples.length} by ${split}`}`,
    );
    return { samples, backgrounds: found.backgrounds };
  };
  const all = async (sets: readonly DatasetConfig[]) =>
    Promise.all(sets.map(async (set) => ({ ...(await open(set)), weight: set.weight })));

  const trainSets = await all(data.train);
  const valSets = await all(data.val);
  const backgrounds = [
    ...[...trainSets, ...valSets].flatMap((set) => set.backgrounds),
    ...(await Promise.all(data.backgrounds.map((folder) => picturesBelow(folder)))).flat(),
  ];
  for (const set of [...trainSets, ...valSets]) requireMasks(set.samples);
  let train: readonly LabelledSet[] = trainSets;
  let val: readonly LabelledSet[] = valSets;
  if (val.length === 0) {
    const total = train.reduce((sum, { samples }) => sum + samples.length, 0);
    const count = data.valCount ?? Math.max(1, Math.round(data.valShare * total));
    ({ drawn: val, rest: train } = partSets(train, count, seed, "validation"));
    said.push(`${count} of ${total} drawn for validation by seed ${seed}`);
  }
  if (data.limit !== undefined) {
    ({ drawn: train } = partSets(train, data.limit, seed, "limit"));
    said.push(`training on ${data.limit} of them, drawn by seed ${seed}`);
  }
  refuseShared(train, val);
  const training = poolOf(train, { backgrounds, where: "data.train" });
  const validation = poolOf(val, { backgrounds, where: "data.val" });
  const unlabelled =
    semi === undefined ? undefined : await unlabelledPool(await all(data.unlabelled), config, val);
  said.push(
    `${training.samples.length} to train, ${validation.samples.length} to validate` +
      (unlabelled === undefined ? "" : `, ${unlabelled.samples.length} without masks`),
  );
  const names = {
    train: namesOf(training),
    val: namesOf(validation),
    unlabelled: unlabelled && namesOf(unlabelled),
  };
  return {
    said,
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

/** Draw over several sets at once. */
function partSets(
  sets: readonly LabelledSet[],
  count: number,
  seed: number,
  purpose: string,
): { drawn: LabelledSet[]; rest: LabelledSet[] } {
  const members = sets.flatMap(({ samples }, set) =>
    samples.map((sample) => ({ name: sample.name, sample, set })),
  );
  const parts = drawn(members, count, { seed, purpose });
  const inSets = (chosen: typeof members): LabelledSet[] =>
    sets.map(({ weight }, set) => ({
      weight,
      samples: chosen.filter((m) => m.set === set).map((m) => m.sample),
    }));
  return { drawn: inSets(parts.drawn), rest: inSets(parts.rest) };
}

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

function refuseShared(train: readonly LabelledSet[], val: readonly LabelledSet[]): void {
  const trained = new Set(train.flatMap(({ samples }) => samples.map(({ imagePath }) => imagePath)));
  const shared = val.flatMap(({ samples }) => samples).filter(({ imagePath }) => trained.has(imagePath));
  if (shared.length === 0) return;
  throw new MattelierError({
    code: "invalid-data",
    where: "data.val",
    expected: "pictures that are not trained on",
    got: `${shared.length} that are, such as ${shared[0]!.imagePath}`,
    fix: "give split files to both, or leave val out and a part of train is taken",
  });
}

/** Photos of the sets, their masks set aside where they have any; those of the validation left out. */
async function unlabelledPool(
  sets: readonly LabelledSet[],
  { semi }: ResolvedConfig,
  val: readonly LabelledSet[],
): Promise<SamplePool> {
  const validated = new Set(val.flatMap(({ samples }) => samples.map(({ imagePath }) => imagePath)));
  if (sets.length === 0)
    throw new MattelierError({
      code: "invalid-config",
      where: "data.unlabelled",
      expected: `photos for ${semi!.method}`,
      got: "none",
      fix: "add a folder of photos under data.unlabelled",
    });
  const bare = sets.map(({ samples, weight }) => ({
    weight,
    samples: samples
      .filter(({ imagePath }) => !validated.has(imagePath))
      .map(({ name, imagePath }): Sample => ({ kind: "unlabelled", name, imagePath })),
  }));
  return Promise.resolve(poolOf(bare, { where: "data.unlabelled" }));
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
