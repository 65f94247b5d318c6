import { fromOnnx, toOnnx } from "../graph/index.js";
import { readModelFile } from "../onnx/file.js";
import { encodeModel } from "../onnx/index.js";
import { removeDeadNodes, runPasses, toFloat32 } from "../passes/index.js";

/**
 * A model as inference wants it: with the one output that becomes the matte, since the runtime computes and holds
 * whatever a model gives; and for processors in single precision, since around halves it converts at every operator.
 * docs/decisions/0008 says what that is worth.
 *
 * @param model its file, and the name or index of the output
 * @param options.float32 whether it will run where halves are no gain
 * @returns its path where nothing would change, or the leaner model's bytes
 * @throws MattelierError `unreadable`, `invalid-model`
 */
export async function leanModel(
  { path, head }: { readonly path: string; readonly head: string | number },
  { float32 }: { readonly float32: boolean },
): Promise<string | Uint8Array> {
  // Lazily: weights are read when they are widened and written, one after the other.
  const graph = fromOnnx(await readModelFile(path, { lazy: true }));
  const outputs = graph.outputs.filter(({ name }, i) => name === head || i === head);
  const lean = runPasses({ ...graph, outputs }, [removeDeadNodes, ...(float32 ? [toFloat32] : [])]);
  const same = lean.applied === 0 && outputs.length === graph.outputs.length;
  return same ? path : encodeModel(toOnnx(lean.graph), path);
}
