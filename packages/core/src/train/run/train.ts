import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { architecture } from "../../models/index.js";
import { loadWeights } from "../../models/weights/index.js";
import { MattelierError, messageOf } from "../../util/index.js";
import { findLeaks } from "../../data/index.js";
import { earlyStopping, modelCheckpoint, reduceLROnPlateau, type Callback } from "../callbacks/index.js";
import { loadCheckpoint, type RunCheckpoint } from "./checkpoints.js";
import { compileRun } from "./compile-run.js";
import type { RunConfig } from "./config.js";
import type { Guide } from "./define-run.js";
import type { OnTrainEvent, RunResult } from "./events.js";
import { BatchFeeds } from "./feeds.js";
import { initialWeights } from "./initial-weights.js";
import { meanTeacher } from "./mean-teacher.js";
import { resolveConfig, type ResolvedConfig } from "./resolve-config.js";
import { gatherData, requireSameData, type RunData } from "./run-data.js";
import { RunFolder } from "./run-folder.js";
import { initialRunState, type RunState } from "./run-state.js";
import { selfTraining } from "./self-training.js";
import { supervised, type Semi } from "./semi.js";
import { soc } from "./soc.js";
import { Trainer } from "./trainer.js";

export interface TrainOptions {
  /** When it fires the run saves where it stands and ends, to be resumed. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnTrainEvent | undefined;
  /** A file for what `autotune` measures on this machine, for all runs. Default: each run measures for itself. */
  readonly autotuneFile?: string | undefined;
  /** Besides those of the configuration. */
  readonly callbacks?: readonly Callback[] | undefined;
}

/**
 * Train a network.
 *
 * @param folder a new folder, for everything that the run makes
 * @param options `force` overwrites a run that is there
 * @throws MattelierError `exists`, `invalid-config`, `invalid-data` before anything is done; `not-finite` with the step
 *   and the layer, `unwritable` when the disk is full: the folder then holds all up to the last checkpoint
 */
export async function train(
  config: RunConfig,
  folder: string,
  options: TrainOptions & { readonly force?: boolean | undefined } = {},
): Promise<RunResult> {
  const resolved = resolveConfig(config);
  const data = await gatherData(resolved);
  const run = await RunFolder.create(folder, config, { data: data.namesText, force: options.force });
  for (const line of await leaks(data, options.signal)) options.onEvent?.({ kind: "say", line });
  return begin({ resolved, data, run, checkpoint: undefined }, options);
}

/**
 * Go on with a run from its last whole checkpoint. What comes out is what an unbroken run would have given, to the last
 * digit (unless a time budget has a say in it).
 *
 * @throws MattelierError `not-found` for a folder without a run, `invalid-data` when the training data have changed
 */
export async function resumeTraining(folder: string, options: TrainOptions = {}): Promise<RunResult> {
  const say = (line: string): void => options.onEvent?.({ kind: "say", line });
  const run = await RunFolder.open(folder);
  const resolved = resolveConfig(run.config);
  const data = await gatherData(resolved);
  await requireSameData(data, run);
  const checkpoint = await loadCheckpoint(run.checkpoints, say);
  if (checkpoint === undefined) say("no checkpoint yet: beginning from the first step");
  return begin({ resolved, data, run, checkpoint }, options);
}

/** Beyond so many pictures the look for near-duplicates would keep people waiting. */
const MOST_COMPARED = 5000;

/** Warnings of validation pictures that look like training pictures. */
async function leaks(data: RunData, signal: AbortSignal | undefined): Promise<string[]> {
  const [train, held] = [data.training.samples, data.validation.samples];
  if (train.length + held.length > MOST_COMPARED)
    return ["many pictures: `mattelier dataset check` looks for near-duplicates among them"];
  const found = await findLeaks(train, held, { signal });
  if (found.length === 0) return [];
  const some = found.slice(0, 3).map((leak) => `${leak.held} like ${leak.train}`);
  return [
    `warning: ${found.length} validation pictures look like training pictures (${some.join(", ")}${
      found.length > some.length ? ", ..." : ""
    }): what is measured on them is too good`,
  ];
}

interface Beginning {
  readonly resolved: ResolvedConfig;
  readonly data: RunData;
  readonly run: RunFolder;
  readonly checkpoint: RunCheckpoint | undefined;
}

async function begin(
  { resolved, data, run, checkpoint }: Beginning,
  { autotuneFile, callbacks = [], onEvent = () => undefined, signal }: TrainOptions,
): Promise<RunResult> {
  const say = (line: string): void => {
    onEvent({ kind: "say", line });
  };
  const state = checkpoint?.state ?? initialRunState();
  const all = [...(await callbacksOf(resolved)), ...callbacks];
  refuseTwins(all);
  const weights = checkpoint?.model ?? (await initialWeights(resolved, data, say));
  onEvent({ kind: "begin", epochs: resolved.epochs, lines: [...data.said, ...describe(resolved, state)] });
  const step = await compileRun(resolved, {
    state: weights,
    guide: await loadGuide(resolved),
    recipesFile: run.file("recipes.json"),
    autotuneFile,
    signal,
    onEvent,
  });
  try {
    if (checkpoint !== undefined) await step.restore(checkpoint);
    const semi = await semiOf({ resolved, data, run, state, say });
    try {
      const trainer = new Trainer({
        config: resolved,
        folder: run,
        data,
        step,
        semi,
        callbacks: all,
        state,
        signal,
        onEvent,
      });
      return await trainer.run();
    } finally {
      await semi.dispose();
    }
  } finally {
    await step.dispose();
  }
}

/** The frozen network of `guide`. */
async function loadGuide({ definition, guide, model, semi }: ResolvedConfig): Promise<Guide | undefined> {
  if (guide === undefined) return undefined;
  if (definition.guide === undefined || semi?.method === "mean-teacher")
    throw new MattelierError({
      code: "invalid-config",
      where: "guide",
      expected: "a network that follows another's features, such as isnet, without a teacher",
      got: model,
    });
  const leader = architecture(definition.guide.network);
  const { state } = await loadWeights(leader, guide);
  return { model: leader.create(), weights: state, loss: definition.guide.loss };
}

/** The configuration's callbacks: a plateau lowers the rate before the best epoch is kept and the run ended. */
async function callbacksOf(config: ResolvedConfig): Promise<Callback[]> {
  const found: Callback[] = [];
  if (config.reduceLROnPlateau !== undefined) found.push(reduceLROnPlateau(config.reduceLROnPlateau));
  found.push(modelCheckpoint(config.modelCheckpoint));
  if (config.earlyStopping !== undefined) found.push(earlyStopping(config.earlyStopping));
  for (const path of config.callbacks) found.push(await callbackFrom(path, config));
  return found;
}

/** A module of the user's: its default export is a function that makes a callback from the configuration. */
async function callbackFrom(path: string, config: RunConfig): Promise<Callback> {
  const where = `callback ${path}`;
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  } catch (error) {
    throw new MattelierError({
      code: "invalid-config",
      where,
      expected: "a module that loads",
      got: messageOf(error),
      cause: error,
    });
  }
  if (typeof loaded.default !== "function")
    throw new MattelierError({
      code: "invalid-config",
      where,
      expected: "a default export that is a function and gives a callback",
      got: typeof loaded.default,
      fix: 'export default () => ({ name: "Mine", onEpochEnd(report, run) { … } })',
    });
  return (loaded.default as (config: RunConfig) => Callback)(config);
}

/** @throws MattelierError `invalid-config` where two callbacks would share what a checkpoint keeps by name */
function refuseTwins(callbacks: readonly Callback[]): void {
  const names = callbacks.map(({ name }) => name);
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin === undefined) return;
  throw new MattelierError({
    code: "invalid-config",
    where: "callbacks",
    expected: "callbacks with names of their own",
    got: `${twin} twice`,
  });
}

interface SemiParts {
  readonly resolved: ResolvedConfig;
  readonly data: RunData;
  readonly run: RunFolder;
  readonly state: RunState;
  readonly say: (line: string) => void;
}

async function semiOf({ resolved, data, run, state, say }: SemiParts): Promise<Semi> {
  const { semi } = resolved;
  const feeds = new BatchFeeds(resolved);
  if (semi === undefined) return supervised(data.training, feeds);
  if (semi.method === "soc") return soc(data.training, feeds);
  if (semi.method === "mean-teacher")
    return meanTeacher(semi, {
      trainingPool: data.training,
      unlabelled: data.openUnlabelled({ strong: true, start: state.unlabelled }),
      feeds,
    });
  return selfTraining({
    config: resolved,
    settings: semi,
    labelled: data.training,
    openUnlabelled: () => data.openUnlabelled({ strong: false }),
    samples: data.unlabelled!.samples,
    feeds,
    folder: run.file("pseudo-labels"),
    rounds: state.rounds,
    say,
  });
}

function describe(config: ResolvedConfig, state: RunState): string[] {
  const { accumulate, batch, definition, epochs, replicas, sizePx, spec, valSizePx } = config;
  const pictures = accumulate > 1 ? `${batch} x ${accumulate}` : String(batch);
  const bySide = replicas > 1 ? `, ${replicas} side by side` : "";
  const validated = valSizePx === sizePx ? "" : ` (validated at ${valSizePx}x${valSizePx})`;
  const begun = state.step === 0 ? "" : `, going on after step ${state.step}`;
  return [
    `${definition.name} at ${sizePx}x${sizePx}${validated}, batch ${pictures}${bySide}, ${spec.kind} ${spec.lr}, at most ${epochs} epochs${begun}`,
  ];
}
