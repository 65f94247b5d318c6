import { createPipeline, defaultAugmentations, type AugmentationEntry } from "../../../data/index.js";
import { architecture, type ModelDefinition } from "../../../models/index.js";
import type { OptimiserSpec } from "../../../optim/index.js";
import { MattelierError } from "../../../util/index.js";
import type { RunConfig } from "./config.js";
import { durationMs } from "./duration.js";
import { headsLoss, readsTrimap } from "../objective.js";

/** A configuration with the network's recipe where it was silent. */
export interface ResolvedConfig extends RunConfig {
  /** Infinity where steps or time alone end the run. */
  readonly epochs: number;
  readonly definition: ModelDefinition;
  readonly sizePx: number;
  /** Side of the validation pictures. */
  readonly valSizePx: number;
  readonly batch: number;
  /** Infinite where there is none. */
  readonly timeBudgetMs: number;
  readonly checkpointEveryMs: number;
  readonly spec: OptimiserSpec;
  readonly augmentations: readonly AugmentationEntry[];
}

/**
 * Choose what the configuration leaves to the network.
 * @throws MattelierError `unknown-name` for the network; `invalid-config` for a size or options that it cannot take, for
 *   more replicas than micro-batches, and for what a way of semi-supervised learning cannot work with; `invalid-argument`
 *   for a loss that its heads do not fit
 */
export function resolveConfig(config: RunConfig): ResolvedConfig {
  const definition = configured(config);
  const { recipe } = definition;
  const sizePx = config.size ?? recipe.size;
  const valSizePx = config.valSize ?? sizePx;
  requireMultiple("size", sizePx, definition);
  requireMultiple("valSize", valSizePx, definition);
  if (config.replicas > config.accumulate)
    throw new MattelierError({
      code: "invalid-config",
      where: "replicas",
      expected: `at most accumulate (${config.accumulate}): each replica takes one micro-batch of a step`,
      got: String(config.replicas),
      fix: `set accumulate to ${config.replicas}, and batch to what one of them is to take`,
    });
  const augmentations = config.augment ?? defaultAugmentations(sizePx);
  requireAdaptation(config, definition);
  requireTrimapReader(config, definition);
  const epochs = config.epochs ?? defaultEpochs(config);
  requireRounds(epochs, config);
  refuseSecondAverage(config);
  // Both refuse wrong ones before anything is done.
  createPipeline(augmentations);
  headsLoss(definition, config.loss);
  return {
    ...config,
    epochs,
    definition,
    sizePx,
    valSizePx,
    batch: config.batch ?? recipe.batch,
    timeBudgetMs: config.timeBudget === undefined ? Infinity : durationMs(config.timeBudget)!,
    checkpointEveryMs: durationMs(config.checkpointEvery)!,
    learningRates: learningRatesOf(config, definition),
    spec: optimiserOf(config, recipe.optimiser),
    augmentations,
  };
}

/** The configuration's factors, or else the recipe's, but for what is frozen. */
function learningRatesOf({ freeze, learningRates }: RunConfig, { recipe }: ModelDefinition) {
  const rates = Object.keys(learningRates).length > 0 ? learningRates : (recipe.learningRates ?? {});
  const isFrozen = (beginning: string): boolean => {
    const path = beginning.replace(/\.$/, "");
    return freeze.some((frozen) => path === frozen || path.startsWith(`${frozen}.`));
  };
  return Object.fromEntries(Object.entries(rates).filter(([beginning]) => !isFrozen(beginning)));
}

const defaultEpochs = ({ steps, timeBudget }: RunConfig): number =>
  steps === undefined && timeBudget === undefined ? 20 : Infinity;

/** The configuration's optimiser or else the recipe's, with the learning rate and weight decay that are asked for. */
function optimiserOf({ lr, optimiser, weightDecay }: RunConfig, byRecipe: OptimiserSpec): OptimiserSpec {
  const base = optimiser ?? byRecipe;
  return { ...base, lr: lr ?? base.lr!, weightDecay: weightDecay ?? base.weightDecay };
}

/** @throws MattelierError `invalid-config` for a side that the network's strides do not divide */
function requireMultiple(where: string, sizePx: number, { name, sizeMultiple }: ModelDefinition): void {
  if (sizePx % sizeMultiple === 0) return;
  throw new MattelierError({
    code: "invalid-config",
    where,
    expected: `a multiple of ${sizeMultiple}, as ${name} needs`,
    got: String(sizePx),
    fix: `take ${Math.max(1, Math.round(sizePx / sizeMultiple)) * sizeMultiple}`,
  });
}

function configured({ model, modelOptions }: RunConfig): ModelDefinition {
  const definition = architecture(model);
  if (Object.keys(modelOptions).length === 0) return definition;
  if (definition.configure !== undefined) return definition.configure(modelOptions);
  throw new MattelierError({
    code: "invalid-config",
    where: "modelOptions",
    expected: `none: ${model} has no options`,
    got: Object.keys(modelOptions).join(", "),
  });
}

/** @throws MattelierError `invalid-config` for a trimap that no loss reads */
function requireTrimapReader(config: RunConfig, definition: ModelDefinition): void {
  if (config.trimap === undefined || readsTrimap(definition, config)) return;
  throw new MattelierError({
    code: "invalid-config",
    where: "trimap",
    expected: "a network whose own loss reads a trimap, such as modnet, and loss: paper",
    got: definition.name,
  });
}

/** @throws MattelierError `invalid-config` for a network that adapts to nothing, or an average that is needed elsewhere */
function requireAdaptation({ ema, guide, semi }: RunConfig, { adaptation, name }: ModelDefinition): void {
  if (semi?.method !== "soc") return;
  const refuse = (expected: string, got: string): MattelierError =>
    new MattelierError({ code: "invalid-config", where: "semi.method: soc", expected, got });
  if (adaptation === undefined) throw refuse("a network whose heads can be held to each other: modnet", name);
  if (ema !== undefined) throw refuse("no ema: the average is the copy that soc holds on to", `ema: ${ema}`);
  if (guide !== undefined) throw refuse("no guide", guide);
}

/** @throws MattelierError `invalid-config` for a decay of its own where the teacher's average has two */
function refuseSecondAverage({ ema, semi }: RunConfig): void {
  if (ema === undefined || semi?.method !== "mean-teacher") return;
  throw new MattelierError({
    code: "invalid-config",
    where: "semi.method: mean-teacher",
    expected: "no ema: the average is the teacher, and decays by semi.earlyDecay and semi.decay",
    got: `ema: ${ema}`,
    fix: `leave ema out, or set semi.decay to ${ema}`,
  });
}

/** @throws MattelierError `invalid-config` for fewer epochs than rounds of pseudo-labels need, one each */
function requireRounds(epochs: number, { semi }: RunConfig): void {
  if (semi?.method !== "self-training") return;
  const { rounds, warmEpochs } = semi;
  if (epochs >= warmEpochs + rounds) return;
  throw new MattelierError({
    code: "invalid-config",
    where: "epochs",
    expected: `at least ${warmEpochs + rounds}: semi.warmEpochs (${warmEpochs}) and one for each of semi.rounds (${rounds})`,
    got: String(epochs),
    fix: `set epochs to ${warmEpochs + rounds} or more, or lower semi.warmEpochs`,
  });
}
