import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelDefinition } from "@mattelier/core/models";
import { trace, type StateDict } from "@mattelier/core/nn";
import { removeDeadNodes, removeIdentities, runPasses } from "@mattelier/core/passes";
import type { TensorData } from "@mattelier/core/util";
import { inputFor } from "./input.js";

/**
 * Write a network as a list of operators (graph.json) with its tensors (graph.bin), for peers that have no reader of
 * .onnx: evaluation mode, normalisation unfolded, one picture of the paper's size, the final head.
 */
export function writeGraphFiles(folder: string, definition: ModelDefinition, state: StateDict): void {
  const { widthPx, heightPx } = definition.paperSize;
  const shape = [1, definition.channels ?? 3, heightPx, widthPx];
  const traced = trace(
    definition.create(),
    { input: { shape } },
    { mode: "eval", weights: "constants", state },
  );
  const outputs = traced.outputs.filter(({ name }) => name === definition.heads.final);
  const { graph } = runPasses({ ...traced, outputs }, [removeDeadNodes, removeIdentities]);
  const tensors: { name: string; dtype: string; shape: readonly number[]; offset: number; bytes: number }[] =
    [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  const put = (name: string, { dtype, shape: dims, data }: TensorData): void => {
    const { buffer, byteOffset, byteLength } = data as Float32Array;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    tensors.push({ name, dtype, shape: dims, offset, bytes: bytes.length });
    parts.push(bytes);
    offset += bytes.length;
  };
  put("input", inputFor(shape));
  for (const { name, constant } of graph.initialisers) put(name, constant!);
  writeFileSync(join(folder, "graph.bin"), Buffer.concat(parts));
  writeFileSync(
    join(folder, "graph.json"),
    JSON.stringify({
      tensors,
      output: outputs[0]!.name,
      nodes: graph.nodes.map(({ op, inputs, outputs: made, attributes }) => ({
        op,
        inputs: inputs.map((value) => value?.name ?? null),
        outputs: made.map((value) => value?.name ?? null),
        attributes: Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value])),
      })),
    }),
  );
}
