import type { Graph } from "../graph/index.js";
import { summarise } from "../graph/index.js";
import { parameterCount, trace } from "../nn/index.js";
import { rules } from "../ops/index.js";
import { removeDeadNodes } from "../passes/index.js";
import type { SizePx } from "../hub/preprocessing.js";
import type { ModelDefinition } from "./definition.js";

/** A network in numbers; needs no weights. */
export interface NetworkFacts {
  /** Learned elements. */
  readonly parameters: number;
  readonly size: SizePx;
  /** Multiply-accumulates of convolutions and matrix products for one picture: of what the final head needs. */
  readonly macs: number;
  /** The same with all heads, as training computes them. */
  readonly trainingMacs: number;
}

/**
 * Count a network's parameters and multiply-accumulates.
 * @param size of the input; default: the paper's
 * @throws MattelierError as the network does for sizes that it cannot take
 */
export function networkFacts(definition: ModelDefinition, size: SizePx = definition.paperSize): NetworkFacts {
  const model = definition.create();
  const shape = [1, definition.channels ?? 3, size.heightPx, size.widthPx];
  const graph = trace(model, { input: { shape } }, { mode: "eval" });
  const { final, all } = definition.heads;
  return {
    parameters: parameterCount(model),
    size,
    macs: macsFor(graph, [final]),
    trainingMacs: macsFor(graph, all),
  };
}

function macsFor(graph: Graph, heads: readonly string[]): number {
  const outputs = graph.outputs.filter(({ name }) => heads.includes(name));
  return summarise(removeDeadNodes.apply({ ...graph, outputs }).graph, rules).summary.macs.total;
}
