import { CPU, probeBlock, type LowerOptions, type Target } from "../ops/lowering/index.js";
import { encodeModel } from "../onnx/index.js";
import { toOnnx } from "../graph/index.js";
import { createNodeSession, type NodeProvider, type NodeSessionOptions } from "../runtime/node.js";
import { openRemoteRunner } from "./node-remote.js";
import type { EvaluationDefinition, StepDefinition } from "./step-definition.js";
import { compileTrainStep, here, type CompileOptions, type TrainStep } from "./step.js";

export interface NodeStepOptions
  extends Omit<CompileOptions, "runner">, Pick<NodeSessionOptions, "threads" | "config"> {
  /** Default `cpu`. */
  readonly provider?: NodeProvider | undefined;
  /**
   * `worker` (default): in a thread of its own, so that the event loop stays free. `here`: in the calling thread,
   * which steps then block.
   */
  readonly inThread?: "worker" | "here" | undefined;
}

/**
 * Compile a training step for onnxruntime-node. On the CPU, convolutions take the blocked layout where this machine
 * has it, unless the definition says how to lower them.
 *
 * @throws MattelierError as {@link compileTrainStep} and `createNodeSession` do
 */
export async function createNodeTrainStep<Names extends string, Evaluations extends string = never>(
  definition: StepDefinition<Names> & {
    readonly evaluations?: Readonly<Record<Evaluations, EvaluationDefinition>> | undefined;
  },
  { provider = "cpu", inThread = "worker", threads, config, ...options }: NodeStepOptions,
): Promise<TrainStep<Names, Evaluations>> {
  const sessionOptions = {
    provider,
    // More makes steps no faster, and creating the session takes longer.
    optimisation: "basic",
    ...(threads === undefined ? {} : { threads }),
    ...(config === undefined ? {} : { config }),
  } as const;
  const lowering: LowerOptions = definition.lowering ?? { target: await nodeCpuTarget() };
  const runner: CompileOptions["runner"] =
    inThread === "here"
      ? here((model) => createNodeSession(model, { ...sessionOptions, inThread }))
      : (init) => openRemoteRunner(init, sessionOptions);
  return compileTrainStep({ ...definition, lowering }, { ...options, runner });
}

let probed: Promise<Target> | undefined;

/** What onnxruntime-node's CPU provider can do on this machine. Found out once. */
export function nodeCpuTarget(): Promise<Target> {
  return (probed ??= probe());
}

async function probe(): Promise<Target> {
  const block = await probeBlock(async (graph, feeds) => {
    const session = await createNodeSession(encodeModel(toOnnx(graph)), { provider: "cpu" });
    try {
      const tensors = [...feeds].map(([{ name }, data]) => [name, data] as const);
      const results = await session.run(Object.fromEntries(tensors));
      return graph.outputs.map(({ name }) => results[name]!);
    } finally {
      await session.dispose();
    }
  });
  return { ...CPU, block };
}
