import { PORTABLE, type LowerOptions } from "../ops/lowering/index.js";
import type { Device } from "../runtime/device.js";
import type { PlainNodeOptions } from "../runtime/node-options.js";
import { createNodeSession, type NodeProvider, type NodeSessionOptions } from "../runtime/node.js";
import { openRemoteRunner } from "./node-remote.js";
import { requireReplicable } from "./node-replicas.js";
import { nodeCpuTarget } from "./node-target.js";
import type { EvaluationDefinition, StepDefinition } from "./step-definition.js";
import {
  compileTrainStep,
  here,
  onDevice,
  type CompileOptions,
  type StepHost,
  type TrainStep,
} from "./step.js";

export { autotuneNodeStep, openTimed, type NodeAutotuneOptions } from "./node-autotune.js";
export { nodeCpuTarget } from "./node-target.js";

export interface NodeStepOptions
  extends Omit<CompileOptions, "runner">, Pick<NodeSessionOptions, "threads" | "config"> {
  /** Default `cpu`. On others weights and optimiser stay on the device. */
  readonly provider?: NodeProvider | undefined;
  /**
   * `worker` (default): in a thread of its own, so that the event loop stays free. `here`: in the calling thread,
   * which steps then block.
   */
  readonly inThread?: "worker" | "here" | undefined;
  /**
   * Copies of the training graph that take the micro-batches of a step side by side, each with its share of `threads`.
   * Steps are the same; on a CPU they are faster, since ONNX Runtime loses more by dividing every operator than by
   * computing whole micro-batches one a thread. Memory: that of so many micro-batches. Default 1. Only on the CPU, in a worker.
   */
  readonly replicas?: number | undefined;
}

/**
 * Compile a training step for onnxruntime-node. On the CPU, convolutions take the blocked layout where this machine
 * has it, unless the definition says how to lower them.
 *
 * @throws MattelierError as {@link compileTrainStep} and `createNodeSession` do; `invalid-argument` for replicas where
 *   they do not work
 */
export async function createNodeTrainStep<Names extends string, Evaluations extends string = never>(
  definition: StepDefinition<Names> & {
    readonly evaluations?: Readonly<Record<Evaluations, EvaluationDefinition>> | undefined;
  },
  { provider = "cpu", inThread = "worker", threads, config, replicas = 1, ...options }: NodeStepOptions,
): Promise<TrainStep<Names, Evaluations>> {
  requireReplicable(replicas, provider, inThread);
  const sessionOptions = {
    provider,
    // On the CPU any optimisation makes steps no faster, and nodes that it makes run out of the order that keeps few
    // maps in memory.
    optimisation: provider === "cpu" ? "none" : "basic",
    ...(threads === undefined ? {} : { threads }),
    ...(config === undefined ? {} : { config }),
  } as const;
  const optimiserIn = provider === "cpu" ? "host" : "graph";
  const lowering: LowerOptions = definition.lowering ?? {
    target: provider === "cpu" ? await nodeCpuTarget() : PORTABLE,
  };
  const runner: StepHost =
    inThread === "worker"
      ? { optimiserIn, open: (init) => openRemoteRunner(init, { ...sessionOptions, replicas }) }
      : optimiserIn === "graph"
        ? onDevice(await deviceMaker(sessionOptions))
        : here((model) => createNodeSession(model, { ...sessionOptions, inThread }));
  return compileTrainStep({ ...definition, lowering }, { ...options, runner });
}

/** onnxruntime-node is loaded into the calling thread only where it is to run there. */
async function deviceMaker(options: PlainNodeOptions): Promise<() => Device> {
  const { createNodeDevice } = await import("../runtime/node-device.js");
  return () => createNodeDevice(options);
}
