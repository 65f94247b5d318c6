import type { MatchReport } from "../../checkpoint/index.js";
import type { TensorData } from "../../util/index.js";
import type { ModelDefinition } from "../definition.js";
import { compareOutputs } from "./compare-outputs.js";
import { fitState, type FitOptions } from "./fit-state.js";
import { weightsOfGraph } from "./from-onnx-file.js";
import { readWeights } from "./read-weights.js";

export interface LoadOptions extends FitOptions {
  /** Whether weights matched by structure are tried: both graphs run once on noise and must agree. Default true. */
  readonly check?: boolean | undefined;
}

export interface LoadedWeights {
  /** Every parameter and buffer of the network. */
  readonly state: Map<string, TensorData>;
  readonly report: MatchReport;
  /** What was found on the way, in words. */
  readonly notes: readonly string[];
  /** Batch normalisations that became identities: re-estimate their statistics before training. */
  readonly folded: number;
  /** Plain text that the file carries. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Load a network's weights from a file: a PyTorch checkpoint, a .safetensors, or an .onnx (initialisers by name or by
 * structure).
 * @throws MattelierError as {@link readWeights}; `shape-mismatch` listing missing, unexpected and misshapen keys, or
 *   the first layer of an .onnx that does not fit; `invalid-data` where weights matched by structure compute
 *   something else than their file
 */
export async function loadWeights(
  definition: ModelDefinition,
  path: string,
  options: LoadOptions = {},
): Promise<LoadedWeights> {
  const { partial = false, check = true } = options;
  const file = await readWeights(path);
  if (file.kind === "state-dict") {
    const { stateDict, notes, metadata } = file;
    return { ...fitState(definition, stateDict, { ...options, where: path }), notes, folded: 0, metadata };
  }
  const { stateDict, notes, folded, same } = weightsOfGraph(definition, file.graph, { partial, where: path });
  const fitted = fitState(definition, stateDict, { ...options, where: path });
  const { metadata } = file.graph;
  if (same === undefined || !check) return { ...fitted, notes, folded, metadata };
  const difference = await compareOutputs(definition, fitted.state, { ...same, path });
  const agreement = `${same.head} is the file's ${same.output} to within ${difference.toExponential(1)}, on noise`;
  return { ...fitted, notes: [...notes, agreement], folded, metadata };
}
