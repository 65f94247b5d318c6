import { readFileSync } from "node:fs";
import type { Tensor } from "../graph/index.js";
import { bceWithLogits } from "../losses/index.js";
import {
  batchNorm,
  conv,
  convTranspose,
  initialState,
  Module,
  Parameter,
  membersOf,
  relu,
  sequential,
  type StateDict,
} from "../nn/index.js";
import { CPU } from "../ops/lowering/index.js";
import type { OptimiserOptions, OptimiserSpec } from "../optim/index.js";
import { createNodeDevice } from "../runtime/node-device.js";
import { createNodeSession } from "../runtime/node.js";
import { formulaTensor } from "../util/formula.test-support.js";
import { createRng, type TensorData } from "../util/index.js";
import { here, onDevice, type StepHost } from "./step.js";
import type { Batch, StepDefinition } from "./step-definition.js";

const BATCH = 2;
const SIZE = 12;

/** The network of tools/fixtures/step.py. [N,3,H,W] → logits [N,1,H,W] */
export class SmallNet extends Module {
  readonly down = sequential(conv(3, 8, { stride: 2, bias: false }), batchNorm(8), relu);
  readonly body = sequential(conv(8, 8, { dilation: 2, bias: false }), batchNorm(8), relu);
  readonly up = convTranspose(8, 4);
  readonly head = conv(4, 1, { kernel: 1 });

  forward(x: Tensor): Tensor {
    const y = this.down(x); // [N, 8, H/2, W/2]
    return this.head(relu(this.up(y.add(this.body(y))))); // [N, 1, H, W]
  }
}

export const imageInput = { shape: [BATCH, 3, SIZE, SIZE] } as const;
export const targetInput = { shape: [BATCH, 1, SIZE, SIZE] } as const;

/** What a test may change of {@link smallDefinition}. */
export type Overrides = Partial<
  Omit<StepDefinition<"image" | "target">, "model" | "inputs" | "loss" | "evaluations">
>;

/** A definition that trains a {@link SmallNet}; `logits` can be fetched, `matte` evaluated. */
export function smallDefinition(overrides: Overrides = {}) {
  const model = new SmallNet();
  return {
    inputs: { image: imageInput, target: targetInput },
    loss: ({ image, target }: Readonly<Record<"image" | "target", Tensor>>) => {
      const logits = model(image);
      return { loss: bceWithLogits(logits, target), outputs: { logits } };
    },
    optimiser: { kind: "sgd", lr: 0.1, momentum: 0.9 } as const,
    evaluations: {
      matte: {
        inputs: { image: imageInput },
        outputs: ({ image }: Readonly<Record<"image", Tensor>>) => ({ logits: model(image) }),
      },
    },
    lowering: { target: CPU },
    ...overrides,
    model,
  } satisfies StepDefinition<"image" | "target">;
}

/** The batch of step t, micro-batch j, as the golden values have it. */
export function batchAt(t: number, j = 0): Batch<"image" | "target"> {
  return {
    image: formulaTensor(`image:${t}:${j}`, imageInput.shape),
    target: formulaTensor(`target:${t}:${j}`, targetInput.shape, { low: 0, high: 1 }),
  };
}

/** The weights that the golden runs begin with. */
export function formulaState(model: SmallNet): StateDict {
  const state = initialState(model, createRng(0));
  for (const { path, item } of membersOf(model).state)
    if (item instanceof Parameter)
      state.set(path, formulaTensor(`weight:${path}`, item.shape, { low: -0.5, high: 0.5 }));
  return state;
}

/** In the test's own thread, one compute thread. */
export const runHere: StepHost = here((model) =>
  createNodeSession(model, { provider: "cpu", inThread: "here", threads: 1, optimisation: "none" }),
);

/** The same with weights and optimiser on a device, which here is the CPU provider. */
export const runInGraph: StepHost = onDevice(() =>
  createNodeDevice({ provider: "cpu", threads: 1, optimisation: "none" }),
);

type Summaries = Readonly<Record<string, readonly [number, number]>>;

export interface GoldenRun {
  readonly optimiser: OptimiserSpec;
  readonly options?: OptimiserOptions;
  readonly freeze?: readonly string[];
  readonly microBatches?: number;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly state: Summaries;
  readonly average?: Summaries;
  readonly evaluated: readonly [number, number];
}

/** PyTorch's values; the file's `origin` says how they were made. */
export const golden = (
  JSON.parse(readFileSync(new URL("step.golden.json", import.meta.url), "utf8")) as { runs: GoldenRun[] }
).runs;

export const floatsOf = ({ data }: TensorData): Float32Array => data as Float32Array;
