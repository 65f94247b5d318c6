import { CPU, PORTABLE } from "../ops/lowering/index.js";
import { createWebSession, type WebProvider, type WebSessionOptions } from "../runtime/web.js";
import type { EvaluationDefinition, StepDefinition } from "./step-definition.js";
import { compileTrainStep, here, type CompileOptions, type TrainStep } from "./step.js";

export interface WebStepOptions
  extends
    Omit<CompileOptions, "runner">,
    Pick<WebSessionOptions, "threads" | "inThread" | "wasmPaths" | "worker" | "config"> {
  /** Default `wasm`. */
  readonly provider?: WebProvider | undefined;
}

/**
 * Compile a training step for onnxruntime-web. The graph computes in a Web Worker, unless `inThread` says otherwise;
 * the optimiser moves the weights in the calling thread.
 *
 * @throws MattelierError as {@link compileTrainStep} and `createWebSession` do
 */
export function createWebTrainStep<Names extends string, Evaluations extends string = never>(
  definition: StepDefinition<Names> & {
    readonly evaluations?: Readonly<Record<Evaluations, EvaluationDefinition>> | undefined;
  },
  { seed, state, provider = "wasm", ...session }: WebStepOptions,
): Promise<TrainStep<Names, Evaluations>> {
  const lowering = definition.lowering ?? { target: provider === "wasm" ? CPU : PORTABLE };
  // None on the CPU: see createNodeTrainStep.
  const optimisation = provider === "wasm" ? "none" : "basic";
  const runner = here((model) => createWebSession(model, { ...session, provider, optimisation }));
  return compileTrainStep({ ...definition, lowering }, { runner, seed, state });
}
