import * as z from "zod";
import { dataSchema } from "../../../data/index.js";
import { architectures } from "../../../models/index.js";
import { NODE_PROVIDERS } from "../../../runtime/node.js";
import { durationMs } from "./duration.js";
import { lossSchema } from "./loss-schema.js";
import { optimiserSchema } from "./optimiser-schema.js";
import { scheduleSchema } from "./schedule-schema.js";
import { METRICS } from "../validation.js";

const init = z
  .strictObject({
    weights: z
      .string()
      .optional()
      .describe("weights to begin with: .safetensors, .pth, .onnx. Default: from scratch"),
    backbone: z
      .string()
      .optional()
      .describe("weights of the network's backbone alone, trained on something else: modnet's MobileNetV2"),
    partial: z.boolean().default(false).describe("load what fits, and say what does not"),
  })
  .refine(({ backbone, weights }) => backbone === undefined || weights === undefined, {
    message: "weights or backbone, not both",
  });

const bandPx = z.int().min(0).max(512);

const trimap = z.strictObject({
  bandPx: z
    .tuple([bandPx, bandPx])
    .refine(([low, high]) => low <= high, { error: "the low end first" })
    .describe("half the width of the unknown band, drawn from [low, high]. Default: 1 to 4 % of the side"),
});

const DURATION = "hours, minutes, seconds: 1h30m, 30m, 90s";
const duration = z
  .string({ error: DURATION })
  .refine((text) => durationMs(text) !== undefined, { error: DURATION });

const metric = z.enum(METRICS);

const monitored = {
  monitor: metric.describe("metric to watch").default("val_loss"),
  mode: z
    .enum(["min", "max"])
    .optional()
    .describe("whether lower or higher is better. Default: by the metric"),
};

const earlyStopping = z.strictObject({
  ...monitored,
  patience: z.int().min(1).default(8).describe("epochs without a gain"),
  minDelta: z.number().min(0).default(1e-4).describe("smallest gain that counts"),
});

const reduceLROnPlateau = z.strictObject({
  ...monitored,
  factor: z.number().gt(0).lt(1).default(0.1).describe("what the learning rate is multiplied by"),
  patience: z.int().min(0).default(4).describe("epochs without a gain that are let pass"),
  minDelta: z.number().min(0).default(1e-4).describe("smallest gain that counts"),
});

const modelCheckpoint = z.strictObject({
  monitor: metric.default("val_iou").describe("metric whose best epoch is kept"),
  mode: monitored.mode,
});

const selfTraining = z.strictObject({
  method: z.literal("self-training"),
  rounds: z.int().min(1).default(2).describe("how often pseudo-labels are made anew"),
  warmEpochs: z.int().min(1).default(5).describe("epochs on labels alone before the first round"),
  confidence: z.number().min(0).max(1).default(0.9).describe("least mean certainty of a kept pseudo-label"),
  portion: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe("share of the photos, the surest, whose pseudo-labels are kept, in place of confidence"),
  agreement: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe("least IoU with the prediction of the mirrored photo"),
  weight: z
    .number()
    .positive()
    .default(0.5)
    .describe("how often a pseudo-labelled photo comes, of a labelled one"),
});

const meanTeacher = z.strictObject({
  method: z.literal("mean-teacher"),
  weight: z.number().positive().default(1).describe("weight of the consistency loss at its full height"),
  rampEpochs: z.int().min(0).default(5).describe("epochs over which that weight rises, as exp(-5(1-t)²)"),
  earlyDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe("decay of the teacher's average during the rise"),
  decay: z.number().min(0).max(1).default(0.999).describe("decay after it"),
  unlabelledBatch: z
    .int()
    .min(1)
    .optional()
    .describe("unlabelled photos a step. Default: as many as labelled"),
});

const soc = z.strictObject({
  method: z.literal("soc"),
  semantic: z.number().min(0).default(100).describe("weight of the agreement of semantics and matte"),
  detail: z.number().min(0).default(1).describe("weight of keeping to the copy on boundaries"),
});

const keys = z.strictObject({
  model: z
    .enum(architectures.map(({ name }) => name) as [string, ...string[]])
    .default("u2netp")
    .describe("the network"),
  modelOptions: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("options of networks that have some: unet takes base, depth, batchNorm"),
  data: dataSchema.describe("what to train and to validate on; without val or split a tenth is split off"),
  size: z.int().min(8).optional().describe("side of the square pictures. Default: the recipe's"),
  valSize: z.int().min(8).optional().describe("side to validate at, larger than size perhaps. Default: size"),
  batch: z.int().min(1).optional().describe("pictures a (micro-)batch. Default: the recipe's"),
  accumulate: z.int().min(1).default(1).describe("micro-batches a step"),
  epochs: z
    .int()
    .min(1)
    .optional()
    .describe(
      "how often the training set is gone through, at most. Default: 20, or no end where steps or timeBudget is given",
    ),
  steps: z.int().min(1).optional().describe("end after so many steps of the optimiser"),
  timeBudget: duration.optional().describe("end after so long: 30m, 1h30m, 90s"),
  loss: lossSchema.default("paper").describe("paper for the network's own, or a loss by name"),
  guide: z
    .string()
    .optional()
    .describe("weights of a frozen network whose features to follow: isnet's of a trained isnet-gt"),
  optimiser: optimiserSchema.optional().describe("what takes the steps. Default: the recipe's"),
  lr: z.number().positive().optional().describe("learning rate, in place of the optimiser's"),
  weightDecay: z.number().min(0).optional().describe("weight decay, in place of the optimiser's"),
  schedule: scheduleSchema
    .default("constant")
    .describe("learning rate over time; its length is the run's where none is given"),
  warmUp: z.int().min(0).default(0).describe("steps over which the learning rate rises to its height"),
  learningRates: z
    .record(z.string(), z.number().min(0))
    .default({})
    .describe("factors of the learning rate by the beginning of parameters' paths, such as {backbone: 0.1}"),
  freeze: z
    .array(z.string())
    .default([])
    .describe("modules or parameters to leave as they are, by path, such as [backbone]"),
  frozenNorm: z.boolean().default(false).describe("keep batch normalisation as in evaluation"),
  clipNorm: z.number().positive().optional().describe("clip the gradient to this L2 norm"),
  ema: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe("decay of a moving average of the weights; it is validated then"),
  augment: z
    .array(z.union([z.string(), z.record(z.string(), z.unknown())]))
    .optional()
    .describe(
      "augmentations in order, each a name, or {NAME: its settings, probability: p}; " +
        "default: random-resized-crop, flip, brightness, contrast, saturation",
    ),
  trimap: trimap.optional().describe("the trimaps of networks whose loss reads one"),
  init: init.prefault({}).describe("weights to begin with"),
  seed: z.int().min(0).default(1).describe("of everything random"),
  earlyStopping: earlyStopping.optional().describe("end when a metric has stopped getting better"),
  reduceLROnPlateau: reduceLROnPlateau.optional().describe("lower the learning rate then"),
  modelCheckpoint: modelCheckpoint.prefault({}).describe("which epoch's weights are kept as best"),
  callbacks: z
    .array(z.string())
    .default([])
    .describe("modules of your own, whose default export makes a callback"),
  semi: z
    .discriminatedUnion("method", [selfTraining, meanTeacher, soc])
    .optional()
    .describe("learn from data.unlabelled too"),
  checkpointEvery: duration
    .default("5m")
    .describe("save within an epoch after so long; every epoch is saved anyway"),
  samples: z.int().min(0).default(8).describe("validation pictures to draw each epoch"),
  workers: z.int().min(0).default(1).describe("threads that load data"),
  onBroken: z
    .enum(["skip", "stop"])
    .default("skip")
    .describe("whether pictures that cannot be used are told and left out, or end the run"),
  cache: z.int().min(0).default(512).describe("megabytes of decoded pictures to keep"),
  threads: z.int().min(1).optional().describe("threads of the engine. Default: the machine's cores"),
  replicas: z
    .int()
    .min(1)
    .default(1)
    .describe(
      "micro-batches of a step to compute side by side, sharing the threads: faster on a CPU, the same steps",
    ),
  provider: z
    .enum(["auto", ...NODE_PROVIDERS])
    .default("auto")
    .describe("what the engine computes on; auto for the best that works here"),
  autotune: z
    .boolean()
    .default(false)
    .describe("measure first which recipes of convolutions are fastest here: minutes, once a machine"),
});

/** Everything that makes a run, each key with its default. What a person writes as YAML. */
export const runConfigSchema = keys.refine(
  ({ lr, optimiser }) => optimiser === undefined || lr !== undefined || optimiser.lr !== undefined,
  { path: ["optimiser", "lr"], error: "a learning rate, here or as lr" },
);

export type RunConfig = z.output<typeof runConfigSchema>;
export type RunConfigInput = z.input<typeof runConfigSchema>;
