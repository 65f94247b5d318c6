import { toOnnx } from "../../graph/index.js";
import type { SizePx } from "../../hub/preprocessing.js";
import { trace, type StateDict } from "../../nn/index.js";
import { encodeModel } from "../../onnx/index.js";
import { foldBatchNorm, removeDeadNodes, runPasses } from "../../passes/index.js";
import type { ModelDefinition } from "../definition.js";

/** A network with its weights as .onnx bytes, to try it: evaluation mode, one head, one picture of a size. */
export function inferenceModel(
  definition: ModelDefinition,
  state: StateDict,
  {
    size: { widthPx, heightPx },
    head = definition.heads.final,
  }: { readonly size: SizePx; readonly head?: string },
): Uint8Array {
  const traced = trace(
    definition.create(),
    { input: { shape: [1, definition.channels ?? 3, heightPx, widthPx] } },
    { mode: "eval", weights: "constants", state },
  );
  const outputs = traced.outputs.filter(({ name }) => name === head);
  return encodeModel(toOnnx(runPasses({ ...traced, outputs }, [removeDeadNodes, foldBatchNorm]).graph));
}
