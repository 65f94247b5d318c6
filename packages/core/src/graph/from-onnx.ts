import { recordOf } from "../onnx/metadata.js";
import type { AttributeProto, GraphProto, ModelProto, NodeProto } from "../onnx/schema.js";
import { ATTRIBUTE_TYPES } from "../onnx/schema.js";
import { isHeld, tensorOfProto } from "../onnx/tensor.js";
import { MattelierError } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import { attributeOfProto } from "./attribute-proto.js";
import { ModelCarry, NodeCarry, StoredConstant } from "./carry.js";
import type { Attribute, Graph, Node } from "./graph.js";
import { sortNodes } from "./sort-nodes.js";
import { freeNames, subgraphsOf } from "./subgraphs.js";
import { OpenDims, valueTypeOf } from "./type-proto.js";
import { Value, type ValueType } from "./value.js";

/**
 * A model as a graph. What the graph cannot say is carried along and comes back from `toOnnx`: a graph that nothing
 * changed becomes the same model, its nodes sorted if they were not. Weights stay views of the model's bytes.
 *
 * Types are those that the file states ({@link inferTypes} finds the others). Sizes that it leaves open become symbols
 * `unk__0`, `unk__1`... Subgraphs stay opaque attributes; what they read of the graph is in {@link Node.captures}.
 *
 * @throws MattelierError `invalid-model`: no graph, names missing or made twice, cycles; `unsupported`: weights that
 *   were left in files of their own
 */
export function fromOnnx(model: ModelProto): Graph {
  return new Importer(model).import();
}

class Importer {
  readonly #model: ModelProto;
  readonly #proto: GraphProto;
  readonly #openDims: OpenDims;
  /** Types that the file states, by name. */
  readonly #types = new Map<string, ValueType | undefined>();
  readonly #values = new Map<string, Value>();

  constructor(model: ModelProto) {
    if (model.graph === undefined) throw invalid("model", "a graph", "none");
    this.#model = model;
    this.#proto = model.graph;
    const { input = [], output = [], valueInfo = [] } = model.graph;
    this.#openDims = new OpenDims([...input, ...output, ...valueInfo]);
    for (const { name, type } of [...valueInfo, ...output, ...input]) {
      const known = valueTypeOf(type, this.#openDims);
      if (known !== undefined || !this.#types.has(name ?? "")) this.#types.set(name ?? "", known);
    }
  }

  import(): Graph {
    const opsets = opsetsOf(this.#model);
    const metadata = recordOf(this.#model.metadataProps ?? []);
    const inputNames = new Set((this.#proto.input ?? []).map(({ name }) => name ?? ""));
    const stored: Node[] = [];
    const initialisers: Value[] = [];
    (this.#proto.initializer ?? []).forEach((tensor, index) => {
      const name = tensor.name ?? "";
      if (isHeld(tensor)) initialisers.push(this.#constant(name, tensorOfProto(tensor)));
      else if (!inputNames.has(name)) stored.push(this.#storedConstant(name, "initializer", index));
    });
    (this.#proto.sparseInitializer ?? []).forEach(({ values }, index) => {
      const name = values?.name ?? "";
      if (!inputNames.has(name)) stored.push(this.#storedConstant(name, "sparseInitializer", index));
    });
    const inputs = (this.#proto.input ?? []).map(
      // Files before IR version 4 list initialisers among the inputs too.
      ({ name = "" }) => this.#values.get(name) ?? this.#make(name, "graph inputs"),
    );
    const read = this.#nodes();
    for (const node of read) if (opsets[domainOf(node)] === undefined) opsets[domainOf(node)] = 1;
    const outputs = (this.#proto.output ?? []).map(({ name = "" }) => this.#get(name, "graph outputs"));
    return {
      name: this.#proto.name ?? "",
      inputs,
      outputs,
      nodes: [...stored, ...read],
      initialisers,
      opsets,
      metadata,
      carry: new ModelCarry({
        model: this.#model,
        opsets: { ...opsets },
        metadata,
        types: new Map(this.#types),
        openDims: this.#openDims,
      }),
    };
  }

  #make(name: string, where: string, facts: ConstructorParameters<typeof Value>[2] = {}): Value {
    if (name === "") throw invalid(where, "a name for every value", "an empty one");
    if (this.#values.has(name)) throw invalid(where, "values made once each", `${name} made again`);
    const { constant } = facts;
    if (constant !== undefined) this.#types.set(name, { dtype: constant.dtype, shape: constant.shape });
    const value = new Value(name, this.#types.get(name), facts);
    this.#types.set(name, value.type);
    this.#values.set(name, value);
    return value;
  }

  #constant(name: string, constant: TensorData): Value {
    return this.#make(name, "initialisers", { constant, known: knownInts(constant) });
  }

  #storedConstant(name: string, list: StoredConstant["list"], index: number): Node {
    const attribute: AttributeProto =
      list === "initializer"
        ? { name: "value", t: this.#proto.initializer![index]!, type: ATTRIBUTE_TYPES.tensor }
        : {
            name: "sparse_value",
            sparseTensor: this.#proto.sparseInitializer![index]!,
            type: ATTRIBUTE_TYPES.sparseTensor,
          };
    return {
      op: "Constant",
      inputs: [],
      outputs: [this.#make(name, "initialisers")],
      attributes: { [attribute.name!]: { kind: "opaque", value: attribute } },
      path: "",
      carry: new StoredConstant(list, index),
    };
  }

  /** Nodes in an order in which every value is made before it is used. */
  #nodes(): Node[] {
    const protos = this.#proto.node ?? [];
    const captured = protos.map(capturedNames);
    const outputs = protos.map((node) =>
      (node.output ?? []).map((name) => (name === "" ? undefined : this.#make(name, describe(node)))),
    );
    const reads = protos.map((node, i) =>
      [...(node.input ?? []), ...captured[i]!].filter((name) => name !== ""),
    );
    const order = sortNodes(
      protos.map((node) => node.output ?? []),
      reads,
    );
    if (order.cycle !== undefined)
      throw invalid(
        describe(protos[order.cycle]!),
        "nodes that do not wait for their own results",
        "a cycle",
      );
    return order.indices.map((i) => this.#node(protos[i]!, outputs[i]!, captured[i]!));
  }

  #node(proto: NodeProto, outputs: readonly (Value | undefined)[], captured: ReadonlySet<string>): Node {
    const where = describe(proto);
    const op = operatorOf(proto);
    const originals = new Map<Attribute, AttributeProto>();
    const attributes = (proto.attribute ?? []).map((message) => {
      const attribute = attributeOfProto(message);
      originals.set(attribute, message);
      return [message.name ?? "", attribute] as const;
    });
    return {
      op,
      inputs: (proto.input ?? []).map((name) => (name === "" ? undefined : this.#get(name, where))),
      outputs,
      attributes: Object.fromEntries(attributes),
      ...(captured.size === 0
        ? {}
        : { captures: new Map([...captured].map((name) => [name, this.#get(name, where)])) }),
      path: proto.name ?? "",
      carry: new NodeCarry(proto, op, originals),
    };
  }

  #get(name: string, where: string): Value {
    const value = this.#values.get(name);
    if (value === undefined) throw invalid(where, "names of values that are made somewhere", name);
    return value;
  }
}

const capturedNames = (node: NodeProto): ReadonlySet<string> =>
  new Set((node.attribute ?? []).flatMap(subgraphsOf).flatMap((graph) => [...freeNames(graph)]));

/** ONNX's own domain has two names. */
export const plainDomain = (domain: string | undefined): string =>
  domain === undefined || domain === "ai.onnx" ? "" : domain;

function operatorOf({ opType = "", domain }: NodeProto): string {
  // Domain and type are parted at the last dot; the few types that have dots themselves get another character.
  const type = opType.replaceAll(".", "\u2024");
  return plainDomain(domain) === "" ? type : `${domain!}.${type}`;
}

const domainOf = (node: Node): string => node.op.slice(0, Math.max(0, node.op.lastIndexOf(".")));

/** Versions by domain; the highest where a domain comes twice. Files of IR versions 1 and 2 have none: version 1. */
function opsetsOf(model: ModelProto): Record<string, number> {
  const versions = new Map<string, number>();
  for (const { domain, version } of model.opsetImport ?? []) {
    const name = plainDomain(domain);
    versions.set(name, Math.max(versions.get(name) ?? 0, Number(version ?? 0)));
  }
  if (versions.size === 0) versions.set("", 1);
  return Object.fromEntries(versions);
}

/** Contents of small integer tensors, for arithmetic on shapes. */
function knownInts(constant: TensorData): number[] | undefined {
  if (constant.dtype !== "int64" && constant.dtype !== "int32") return undefined;
  if (constant.shape.reduce((product, dim) => product * dim, 1) > 64) return undefined;
  return Array.from(constant.data as ArrayLike<number | bigint>, Number);
}

const describe = ({ opType, name, output }: NodeProto): string =>
  `${opType ?? "a node"}${name === undefined || name === "" ? "" : ` ${name}`} → ${(output ?? []).join(", ")}`;

const invalid = (where: string, expected: string, got: string): MattelierError =>
  new MattelierError({ code: "invalid-model", where, expected, got });
