import { readFile } from "node:fs/promises";
import {
  decodeSafetensors,
  decodeTensorPack,
  decodeTorchFile,
  findStateDict,
  type StateDict,
} from "../../checkpoint/index.js";
import { fileError } from "../../files/index.js";
import { fromOnnx, type Graph } from "../../graph/index.js";
import { readModelFile } from "../../onnx/file.js";

/** What a file of weights holds. */
export type WeightsFile =
  | {
      readonly kind: "state-dict";
      readonly stateDict: StateDict;
      /** Where it was found and what was taken off its keys, in words; empty when there is nothing to say. */
      readonly notes: readonly string[];
      /** Plain text that the file carries (safetensors). */
      readonly metadata: Readonly<Record<string, string>>;
    }
  | { readonly kind: "onnx"; readonly graph: Graph };

/**
 * Read weights from a PyTorch checkpoint (zip or legacy), a .safetensors or an .onnx; what the file is shows in its
 * first bytes, not in its name. A .json that lists the tensors of a .bin of the same name will do too.
 * @throws MattelierError `not-found`, `unreadable`; `invalid-data` or `invalid-model` for what is none of these, or damaged
 */
export async function readWeights(path: string): Promise<WeightsFile> {
  if (/\.onnx$/i.test(path)) return { kind: "onnx", graph: fromOnnx(await readModelFile(path)) };
  const bytes = await readBytes(path);
  if (/\.json$/i.test(path)) {
    const data = await readBytes(path.replace(/\.json$/i, ".bin"));
    const stateDict = decodeTensorPack(new TextDecoder().decode(bytes), data, path);
    return { kind: "state-dict", stateDict, notes: [], metadata: {} };
  }
  if (looksLikeSafetensors(bytes)) {
    const { tensors, metadata } = decodeSafetensors(bytes, path);
    // Trainers wrap networks however they save them.
    const { stateDict, strippedPrefix } = findStateDict(asTorchValue(tensors), path);
    return { kind: "state-dict", stateDict, notes: notesOf("", strippedPrefix), metadata };
  }
  const found = findStateDict(decodeTorchFile(bytes, path), path);
  return {
    kind: "state-dict",
    stateDict: found.stateDict,
    notes: notesOf(found.path, found.strippedPrefix),
    metadata: {},
  };
}

const asTorchValue = (tensors: StateDict) => new Map([...tensors].map(([key, tensor]) => [key, { tensor }]));

const notesOf = (path: string, prefix: string): string[] => [
  ...(path === "" ? [] : [`state dict found under ${path}`]),
  ...(prefix === "" ? [] : [`prefix ${prefix} taken off the keys`]),
];

/** An eight-byte length, then a JSON object. */
const looksLikeSafetensors = (bytes: Uint8Array): boolean => bytes[8] === 0x7b && bytes[7] === 0;

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw fileError(error, { where: path, doing: "reading" });
  }
}
