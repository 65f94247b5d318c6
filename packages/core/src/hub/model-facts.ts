import { dtypeOfCode } from "../onnx/data-types.js";
import { externalTensors } from "../onnx/external-data.js";
import { FileSource } from "../onnx/file-source.js";
import { recordOf } from "../onnx/metadata.js";
import { decodeModelFrom } from "../onnx/model.js";
import type { GraphProto, ModelProto, ValueInfoProto } from "../onnx/schema.js";
import type { DType } from "../util/dtype.js";

/** An input or output of a network as its file states it. */
export interface Port {
  readonly name: string;
  /** Undefined for what is no tensor. */
  readonly dtype: DType | undefined;
  /** Undefined where the file leaves it out; axes are numbers, names, or "?". */
  readonly shape: readonly (number | string)[] | undefined;
}

/** What a model's file says of itself, short of its weights. */
export interface ModelFacts {
  readonly metadata: Readonly<Record<string, string>>;
  /** Those to be fed: initialisers that old files list among the inputs are left out. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Per output the operator that makes it, seen through casts and changes of shape. */
  readonly madeBy: readonly (string | undefined)[];
  /** Files with weights beside the model's, relative to it. */
  readonly externalFiles: readonly string[];
}

/** What operators do that leaves each value as it is. */
const TRANSPARENT = new Set(["Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"]);

/**
 * Read a model's file without its weights.
 * @param where what to call it in errors
 * @throws MattelierError `not-found`, `unreadable`; `invalid-model` for what is no ONNX, saying what it is if known
 */
export async function readModelFacts(path: string, where = path): Promise<ModelFacts> {
  return factsOf(
    await FileSource.with(path, true, (source) => decodeModelFrom(source, where, source.head())),
  );
}

export function factsOf(model: ModelProto): ModelFacts {
  const graph = model.graph ?? {};
  const constants = new Set(graph.initializer?.map(({ name }) => name));
  return {
    metadata: recordOf(model.metadataProps ?? []),
    inputs: (graph.input ?? []).filter(({ name }) => !constants.has(name)).map(portOf),
    outputs: (graph.output ?? []).map(portOf),
    madeBy: (graph.output ?? []).map(({ name }) => operatorBehind(graph, name)),
    externalFiles: [...new Set(externalTensors(model).map(({ location }) => location))],
  };
}

function portOf({ name, type }: ValueInfoProto): Port {
  const tensor = type?.tensorType;
  const dims = tensor?.shape && (tensor.shape.dim ?? []);
  return {
    name: name ?? "",
    dtype: tensor === undefined ? undefined : dtypeOfCode(tensor.elemType ?? 0),
    shape: dims?.map(({ dimValue, dimParam }) =>
      dimValue === undefined ? (dimParam ?? "?") : Number(dimValue),
    ),
  };
}

function operatorBehind(graph: GraphProto, output: string | undefined): string | undefined {
  let name = output;
  // Nodes are in topological order: one walk from the back meets every producer after its readers.
  for (const node of [...(graph.node ?? [])].reverse()) {
    if (name === undefined || !(node.output ?? []).includes(name)) continue;
    if (!TRANSPARENT.has(node.opType ?? "")) return node.opType;
    name = node.input?.[0];
  }
  return undefined;
}

/** A shape as people read it: `[1, 3, height, width]`. */
export const shownShape = (shape: Port["shape"]): string =>
  shape === undefined ? "unknown" : `[${shape.join(", ")}]`;
