import { fromOnnx } from "../graph/from-onnx.js";
import { summarise } from "../graph/summary.js";
import { readModelFile } from "../onnx/file.js";
import { rules } from "../ops/index.js";
import { MattelierError } from "../util/errors.js";
import type { ModelCard } from "./card.js";
import { defaultInputSize, type Preprocessing } from "./preprocessing.js";

/**
 * Count a network's parameters, and its multiply-accumulates for one picture at the default input size. What cannot
 * be counted in full (an operator without a rule, a graph that we cannot take in though a runtime may) is left out,
 * rather than stated too low.
 */
export async function countNetwork(
  path: string,
  preprocessing: Preprocessing,
): Promise<Pick<ModelCard, "parameters" | "macs">> {
  try {
    const graph = fromOnnx(await readModelFile(path, { lazy: true }));
    const { widthPx, heightPx } = defaultInputSize(preprocessing);
    const bind: Record<string, number> = {};
    for (const { constant, type } of graph.inputs) {
      if (constant !== undefined) continue;
      for (const [axis, size] of [1, 3, heightPx, widthPx].entries()) {
        const dim = type?.shape[axis];
        if (typeof dim === "string") bind[dim] = size;
      }
    }
    const { parameters, macs } = summarise(graph, rules, { bind }).summary;
    const complete = macs.openNodes === 0 && macs.unknownNodes === 0;
    return { parameters, ...(complete && { macs: macs.total }) };
  } catch (error) {
    if (error instanceof MattelierError && error.code !== "internal") return {};
    throw error;
  }
}
