import type { Tensor } from "../../graph/index.js";
import { mse } from "../../losses/index.js";
import type { Heads } from "../../models/index.js";
import { concat, type Module, type StateDict } from "../../nn/index.js";
import type { EvaluationDefinition, Objective, StepDefinition } from "../step-definition.js";
import { headsLoss, matteOf, readsTrimap } from "./objective.js";
import type { ResolvedConfig } from "./config/resolve-config.js";

/** Evaluations of a run: its validation, a batch or a picture at a time (where a batch is not full). */
export const VALIDATE = "validate";
export const VALIDATE_ONE = "validateOne";
/** Mattes of photos that have no mask. */
export const PREDICT = "predict";

/** A frozen network whose features the trained one follows. */
export interface Guide {
  readonly model: Module<[Tensor], Heads>;
  readonly weights: StateDict;
  readonly loss: (heads: Heads, guide: Heads) => Tensor;
}

/** A step with the evaluations of its run. */
export type RunDefinition = StepDefinition & {
  readonly evaluations: Readonly<Record<string, EvaluationDefinition>>;
};

/**
 * The training step and the evaluations of a run.
 *
 * Semi-supervised by Mean Teacher (Tarvainen 2017, arXiv:1703.01780, eq. 1 and §2): the student sees labelled and
 * unlabelled photos as one batch; the teacher, which is the average of the student's weights, sees the unlabelled ones
 * under weak augmentation, the student under strong; their mattes' mean squared difference is the consistency loss.
 *
 * MODNet's adaptation: photos alone, the network's heads and those of the average, which is a copy then (`soc.ts`).
 */
export function defineRun(config: ResolvedConfig, guide: Guide | undefined): RunDefinition {
  const { batch, definition, freeze, frozenNorm, learningRates, spec } = config;
  const model = definition.create();
  const channels = definition.channels ?? 3;
  const square = (sizePx: number) => (count: number, depth: number) => ({
    shape: [count, depth, sizePx, sizePx],
  });
  const withTrimap = readsTrimap(definition, config);
  const labelled = (count: number, sizePx: number) => {
    const plane = square(sizePx);
    return {
      image: plane(count, channels),
      target: plane(count, 1),
      ...(withTrimap ? { trimap: plane(count, 1) } : {}),
    };
  };
  const plane = square(config.sizePx);
  const loss = headsLoss(definition, config.loss);
  const teacher = config.semi?.method === "mean-teacher" ? config.semi : undefined;
  const soc = config.semi?.method === "soc" ? config.semi : undefined;
  const unlabelledCount = teacher?.unlabelledBatch ?? batch;
  const companion = definition.create();
  const groups = Object.entries(learningRates).map(([match, lr]) => ({ match, lr }));

  const step: StepDefinition = {
    model,
    inputs: {
      ...(soc === undefined ? labelled(batch, config.sizePx) : { image: plane(batch, channels) }),
      ...(teacher === undefined
        ? {}
        : {
            weak: plane(unlabelledCount, channels),
            strong: plane(unlabelledCount, channels),
            weight: { shape: [] },
          }),
    },
    loss: (inputs) => {
      if (soc !== undefined) {
        const image = inputs["image"]!;
        return definition.adaptation!(model(image), companion(image), soc);
      }
      if (guide !== undefined) {
        const heads = model(inputs["image"]!);
        const features = guide.loss(heads, guide.model(inputs["target"]!));
        return { loss: loss(heads, inputs as unknown as LossBatch).add(features), outputs: { features } };
      }
      if (teacher === undefined) return loss(model(inputs["image"]!), inputs as unknown as LossBatch);
      return consistent(config, { model, teacher: companion, loss }, inputs);
    },
    optimiser: spec,
    options: {
      groups,
      clipNorm: config.clipNorm,
      emaDecay: config.ema ?? teacher?.decay ?? (soc === undefined ? undefined : 1),
    },
    ...(freeze.length === 0 ? {} : { freeze }),
    ...(frozenNorm || soc !== undefined ? { evaluate: () => true } : {}),
    companions: {
      ...(teacher === undefined && soc === undefined
        ? {}
        : { teacher: { model: companion, weights: "average" as const } }),
      ...(guide === undefined ? {} : { guide }),
    },
  };
  const validation = (count: number): EvaluationDefinition => ({
    inputs: labelled(count, config.valSizePx),
    outputs: (inputs) => {
      const heads = model(inputs["image"]!);
      return { matte: matteOf(definition, heads), loss: loss(heads, inputs as unknown as LossBatch) };
    },
  });
  const evaluations: Record<string, EvaluationDefinition> = {
    [VALIDATE]: validation(batch),
    [VALIDATE_ONE]: validation(1),
    [PREDICT]: {
      inputs: { image: plane(batch, channels) },
      outputs: ({ image }) => ({ matte: matteOf(definition, model(image!)) }),
    },
  };
  return { ...step, evaluations };
}

interface LossBatch {
  readonly image: Tensor;
  readonly target: Tensor;
  readonly trimap?: Tensor;
}

type Network = Module<[Tensor], Heads>;

/** Supervised loss on the labelled part of the batch, weighted consistency on the rest. */
function consistent(
  { batch, definition }: ResolvedConfig,
  { model, teacher, loss }: { model: Network; teacher: Network; loss: ReturnType<typeof headsLoss> },
  inputs: Readonly<Record<string, Tensor>>,
): Objective {
  const { image, weak, strong, weight } = inputs as Record<"image" | "weak" | "strong" | "weight", Tensor>;
  const heads = model(concat([image, strong], 0));
  const supervised = mapHeads(heads, (head) => head.slice(0, 0, batch));
  const students = mapHeads(heads, (head) => head.slice(0, batch, head.size(0)));
  const target = matteOf(definition, teacher(weak)).stopGradient();
  const consistency = mse(matteOf(definition, students), target);
  const labelled = loss(supervised, inputs as unknown as LossBatch);
  return { loss: labelled.add(consistency.mul(weight)), outputs: { consistency } };
}

const mapHeads = (heads: Heads, of: (head: Tensor) => Tensor): Heads =>
  Object.fromEntries(Object.entries(heads).map(([name, head]) => [name, of(head)]));
