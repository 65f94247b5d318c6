import { architecture } from "../../models/index.js";
import { loadWeights } from "../../models/weights/index.js";
import type { NodeProvider } from "../../runtime/node.js";
import { MattelierError } from "../../util/index.js";
import { findLeaks } from "../../data/index.js";
import type { Callback } from "../callbacks/index.js";
import { chooseNodeProvider } from "../node-provider.js";
import { withAbsolutePaths } from "./config/absolute-paths.js";
import { BrokenFiles } from "./broken-files.js";
import { loadCheckpoint, type RunCheckpoint } from "./record/checkpoints.js";
import { compileRun } from "./compile-run.js";
import type { RunConfig } from "./config/config.js";
import type { Guide } from "./define-run.js";
import { shownDuration } from "./config/duration.js";
import { environment } from "./record/environment.js";
import type { OnTrainEvent, RunResult } from "./events.js";
import { BatchFeeds } from "./feeds.js";
import { initialWeights } from "./initial-weights.js";
import { meanTeacher } from "./semi/mean-teacher.js";
import { resolveConfig, type ResolvedConfig } from "./config/resolve-config.js";
import { callbacksOf } from "./run-callbacks.js";
import { gatherData, requireSameData, type RunData } from "./run-data.js";
import { RunFolder } from "./record/run-folder.js";
import { initialRunState, type RunState } from "./record/run-state.js";
import { selfTraining } from "./semi/self-training.js";
import { supervised, type Semi } from "./semi/semi.js";
import { soc } from "./semi/soc.js";
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
 * @throws MattelierError `exists`, `invalid-config`, `invalid-data`, `provider-missing` and what weights throw that do not
 *   fit, before there is anything in the folder or a run in it is overwritten; `not-finite` with the step and the layer,
 *   `unwritable` when the disk is full: the folder then holds all up to the last checkpoint
 */
export async function train(
  config: RunConfig,
  folder: string,
  options: TrainOptions & { readonly force?: boolean | undefined } = {},
): Promise<RunResult> {
  const { force, onEvent, signal } = options;
  const resolved = resolveConfig(config);
  await RunFolder.requireFree(folder, { force });
  const data = await gatherData(resolved);
  const openRun = async (provider: NodeProvider): Promise<RunFolder> => {
    for (const line of await leaks(data, signal)) onEvent?.({ kind: "say", line });
    return RunFolder.create(folder, withAbsolutePaths(config), {
      data: data.namesText,
      environment: environment(provider, resolved.threads),
      force,
    });
  };
  return begin({ resolved, data, openRun, checkpoint: undefined }, options);
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
  return begin({ resolved, data, openRun: () => Promise.resolve(run), checkpoint }, options);
}

/** Beyond so many pictures the look for near-duplicates would keep people waiting. */
const MOST_COMPARED = 5000;

/** Warnings of pictures to validate or test on that look like training pictures. */
async function leaks(data: RunData, signal: AbortSignal | undefined): Promise<string[]> {
  const train = data.training.samples;
  const held = [...data.validation.samples, ...(data.test?.samples ?? [])];
  if (train.length + held.length > MOST_COMPARED)
    return [
      "many pictures: `mattelier dataset check TRAIN --against VAL` looks for near-duplicates among them",
    ];
  const found = await findLeaks(train, held, { signal });
  if (found.length === 0) return [];
  const some = found.slice(0, 3).map((leak) => `${leak.held} like ${leak.train}`);
  return [
    `warning: ${found.length} pictures to ${data.test === undefined ? "validate" : "validate or test"} on look like training pictures (${some.join(", ")}${
      found.length > some.length ? ", ..." : ""
    }): what is measured on them is too good`,
  ];
}

interface Beginning {
  readonly resolved: ResolvedConfig;
  readonly data: RunData;
  /** Called once, when nothing is left that may be wrong with the configuration. */
  readonly openRun: (provider: NodeProvider) => Promise<RunFolder>;
  readonly checkpoint: RunCheckpoint | undefined;
}

async function begin(
  { resolved, data, openRun, checkpoint }: Beginning,
  { autotuneFile, callbacks: others = [], onEvent = () => undefined, signal }: TrainOptions,
): Promise<RunResult> {
  const say = (line: string): void => {
    onEvent({ kind: "say", line });
  };
  const state = checkpoint?.state ?? initialRunState();
  const callbacks = await callbacksOf(resolved, others);
  const weights = checkpoint?.model ?? (await initialWeights(resolved, data, say));
  const guide = await loadGuide(resolved);
  const provider = await chooseNodeProvider(resolved.provider);
  onEvent({
    kind: "begin",
    epochs: resolved.epochs === Infinity ? undefined : resolved.epochs,
    monitor: resolved.modelCheckpoint.monitor,
    lines: [...data.said, describe(resolved, state)],
  });
  let opening: Promise<RunFolder> | undefined;
  const folder = (): Promise<RunFolder> => (opening ??= openRun(provider.provider));
  const step = await compileRun(resolved, {
    provider,
    state: weights,
    guide,
    recipesFile: async () => (await folder()).file("recipes.json"),
    autotuneFile,
    signal,
    onEvent,
  });
  try {
    if (checkpoint !== undefined) await step.restore(checkpoint);
    const run = await folder();
    const broken = new BrokenFiles(say);
    const semi = await semiOf({ resolved, data, run, state, broken, say });
    try {
      const trainer = new Trainer({
        config: resolved,
        folder: run,
        data,
        step,
        semi,
        callbacks,
        broken,
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
  const refuse = (expected: string, got: string): MattelierError =>
    new MattelierError({ code: "invalid-config", where: "guide", expected, got });
  if (definition.guide === undefined)
    throw refuse("a network that follows another's features, such as isnet", model);
  if (semi?.method === "mean-teacher")
    throw refuse("no teacher besides the network that is followed", `semi.method: ${semi.method}`);
  const leader = architecture(definition.guide.network);
  const { state } = await loadWeights(leader, guide);
  return { model: leader.create(), weights: state, loss: definition.guide.loss };
}

interface SemiParts {
  readonly resolved: ResolvedConfig;
  readonly data: RunData;
  readonly run: RunFolder;
  readonly state: RunState;
  readonly broken: BrokenFiles;
  readonly say: (line: string) => void;
}

async function semiOf({ resolved, data, run, state, broken, say }: SemiParts): Promise<Semi> {
  const { semi } = resolved;
  const feeds = new BatchFeeds(resolved);
  if (semi === undefined) return supervised(data.training, feeds);
  if (semi.method === "soc") return soc(data.training, feeds);
  if (semi.method === "mean-teacher")
    return meanTeacher(semi, {
      trainingPool: data.training,
      unlabelled: data.openUnlabelled({ strong: true, start: state.unlabelled }),
      feeds,
      broken,
    });
  return selfTraining({
    config: resolved,
    settings: semi,
    labelled: data.training,
    openUnlabelled: () => data.openUnlabelled({ strong: false }),
    samples: data.unlabelled!.samples,
    feeds,
    folder: run.file("pseudo-labels"),
    broken,
    roundsMade: state.rounds,
    say,
  });
}

function describe(config: ResolvedConfig, state: RunState): string {
  const { accumulate, batch, definition, epochs, replicas, sizePx, spec, steps, timeBudgetMs, valSizePx } =
    config;
  const pictures = accumulate > 1 ? `${batch} x ${accumulate}` : String(batch);
  const bySide = replicas > 1 ? `, ${replicas} side by side` : "";
  const validated = valSizePx === sizePx ? "" : ` (validated at ${valSizePx}x${valSizePx})`;
  const limits = [
    ...(epochs === Infinity ? [] : [`${epochs} epochs`]),
    ...(steps === undefined ? [] : [`${steps} steps`]),
    ...(timeBudgetMs === Infinity ? [] : [shownDuration(timeBudgetMs)]),
  ];
  const begun = state.step === 0 ? "" : `, going on after step ${state.step}`;
  return `${definition.name} at ${sizePx}x${sizePx}${validated}, batch ${pictures}${bySide}, ${spec.kind} ${spec.lr}, at most ${limits.join(" or ")}${begun}`;
}
