import { entriesOf } from "../onnx/metadata.js";
import { splitOpName } from "../onnx/operators.js";
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OnnxMessage,
  TensorProto,
  TypeProto,
  ValueInfoProto,
} from "../onnx/schema.js";
import { isHeld, protoOfTensor } from "../onnx/tensor.js";
import { MattelierError } from "../util/errors.js";
import { protoOfAttribute } from "./attribute-proto.js";
import { infosOf, ModelCarry, NodeCarry, StoredConstant } from "./carry.js";
import { plainDomain } from "./from-onnx.js";
import type { Graph, Node } from "./graph.js";
import { irVersionFor } from "./ir-version.js";
import { renameInAttribute } from "./subgraphs.js";
import { sameType, typeProtoOf } from "./type-proto.js";
import type { Value } from "./value.js";
import { verify } from "./verify.js";

/**
 * A graph as a model. Graphs that came from a file get back what the file said beyond them; types of inputs, outputs
 * and noted intermediate values are brought up to date. Weights are views of the graph's, not copies.
 *
 * @throws MattelierError `invalid-graph` as {@link verify} does, and for inputs or outputs whose type nobody knows
 */
export function toOnnx(graph: Graph): ModelProto {
  verify(graph);
  return new Exporter(graph).export();
}

class Exporter {
  readonly #graph: Graph;
  readonly #carry: ModelCarry | undefined;
  /** The graph as the file had it; empty for a graph that was built. */
  readonly #stored: GraphProto;
  /** How often each name has been given to a node. */
  readonly #nodeNames = new Map<string, number>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#carry = graph.carry instanceof ModelCarry ? graph.carry : undefined;
    this.#stored = this.#carry?.graph ?? {};
    for (const { carry, path } of graph.nodes) if (carry instanceof NodeCarry) this.#nodeNames.set(path, 1);
  }

  export(): ModelProto {
    const { opsets, metadata } = this.#graph;
    const carry = this.#carry;
    const stored: ModelProto = carry?.model ?? { producerName: "mattelier" };
    const isOld = !sameRecord(opsets, carry?.opsets);
    const opsetImport = isOld ? this.#opsetImport() : stored.opsetImport;
    const metadataProps = sameRecord(metadata, carry?.metadata) ? stored.metadataProps : entriesOf(metadata);
    const irVersion = this.#irVersion(isOld);
    return compact<ModelProto>({
      ...stored,
      irVersion,
      graph: this.#graphProto(Number(irVersion)),
      opsetImport,
      metadataProps,
    });
  }

  #irVersion(changed: boolean): number | bigint | undefined {
    const stored = this.#carry?.model.irVersion;
    const needed = irVersionFor(this.#graph.opsets[""] ?? 1);
    if (this.#carry === undefined) return needed;
    const known = Number(stored ?? 1);
    const version = changed ? Math.max(known, needed) : known;
    // Before version 4, constants have to be inputs too; new ones of ours are not.
    const inputs = new Set(this.#graph.inputs);
    const lowest = this.#graph.initialisers.every((value) => inputs.has(value))
      ? version
      : Math.max(version, 4);
    return lowest === known ? stored : lowest;
  }

  #opsetImport(): OnnxMessage<"OperatorSetIdProto">[] {
    const known = new Map(this.#carry?.model.opsetImport?.map((entry) => [plainDomain(entry.domain), entry]));
    return Object.entries(this.#graph.opsets).map(([domain, version]) => {
      const entry = known.get(domain);
      if (entry !== undefined) return { ...entry, version };
      return domain === "" ? { version } : { domain, version };
    });
  }

  #graphProto(irVersion: number): GraphProto {
    const { graph } = this;
    const stored = this.#stored;
    const names = namesOf(graph);
    const nodes = graph.nodes.filter((node) => !isStoredConstant(node));
    const constants = graph.nodes.filter(isStoredConstant);
    // From version 4 on, a constant among the inputs is a default that the caller may replace; before, it is none.
    const wasOld = Number(this.#carry?.model.irVersion ?? 4) < 4;
    const inputs =
      wasOld && irVersion >= 4 ? graph.inputs.filter((value) => value.constant === undefined) : graph.inputs;
    const inputInfos = infosOf(stored.input);
    const outputInfos = infosOf(stored.output);
    return compact<GraphProto>({
      ...stored,
      node: nodes.map((node) => this.#node(node)),
      name: graph.name === (stored.name ?? "") ? stored.name : graph.name,
      initializer: this.#initialisers(constants),
      sparseInitializer: this.#sparse(constants),
      input: inputs.map((value) => this.#info(value, inputInfos.get(value.name), "input")),
      output: graph.outputs.map((value) => this.#info(value, outputInfos.get(value.name), "output")),
      valueInfo: (stored.valueInfo ?? []).flatMap((info) => {
        const value = names.get(info.name ?? "");
        return value === undefined ? [] : [this.#info(value, info, "value")];
      }),
      quantizationAnnotation: stored.quantizationAnnotation?.filter(({ tensorName }) =>
        names.has(tensorName ?? ""),
      ),
    });
  }

  private get graph(): Graph {
    return this.#graph;
  }

  /** A value's name and type: as the file had them when the type is as it was. */
  #info(
    value: Value,
    stored: ValueInfoProto | undefined,
    role: "input" | "output" | "value",
  ): ValueInfoProto {
    const { name, type } = value;
    if (stored !== undefined && (type === undefined || sameType(type, this.#carry?.types.get(name))))
      return stored;
    if (type === undefined) {
      if (role === "output") return { name }; // Readers infer it.
      throw new MattelierError({
        code: "invalid-graph",
        where: `graph ${role} ${name}`,
        expected: "a known type",
        got: "none",
      });
    }
    const proto: TypeProto = typeProtoOf(type, this.#carry?.openDims, stored?.type);
    return { ...stored, name, type: proto };
  }

  #initialisers(constants: readonly Node[]): TensorProto[] {
    const list = this.#graph.initialisers.map((value) => protoOfTensor(value.constant!, value.name));
    const inputs = new Set(this.#graph.inputs.map(({ name }) => name));
    const kept = new Set(constants.flatMap((node) => storedIndex(node, "initializer")));
    // Constants of kinds that tensors in memory do not have go back to where they were.
    (this.#stored.initializer ?? []).forEach((tensor, index) => {
      if (kept.has(index) || (!isHeld(tensor) && inputs.has(tensor.name ?? "")))
        list.splice(index, 0, tensor);
    });
    return list;
  }

  #sparse(constants: readonly Node[]): GraphProto["sparseInitializer"] {
    const inputs = new Set(this.#graph.inputs.map(({ name }) => name));
    const kept = new Set(constants.flatMap((node) => storedIndex(node, "sparseInitializer")));
    return this.#stored.sparseInitializer?.filter(
      ({ values }, index) => kept.has(index) || inputs.has(values?.name ?? ""),
    );
  }

  /** Names of nodes must differ: the module's path and the operator, numbered from the second on. */
  #nodeName({ path, op }: Node): string {
    const stem = path === "" ? op : `${path}/${op}`;
    const count = (this.#nodeNames.get(stem) ?? 0) + 1;
    this.#nodeNames.set(stem, count);
    return count === 1 ? stem : `${stem}_${count}`;
  }

  #node(node: Node): NodeProto {
    const carry = node.carry instanceof NodeCarry ? node.carry : undefined;
    const stored = carry?.proto ?? {};
    const { domain, opType } = splitOpName(node.op);
    const isSame = carry?.op === node.op;
    const renames = new Map(
      [...(node.captures ?? [])].flatMap(([inside, { name }]) => (inside === name ? [] : [[inside, name]])),
    );
    return compact<NodeProto>({
      ...stored,
      input: node.inputs.map((value) => value?.name ?? ""),
      output: node.outputs.map((value) => value?.name ?? ""),
      name: node.path === (stored.name ?? "") ? stored.name : this.#nodeName(node),
      opType: isSame ? stored.opType : opType,
      domain: isSame ? stored.domain : domain === "" ? undefined : domain,
      attribute: Object.entries(node.attributes).map(([name, attribute]): AttributeProto => {
        const original = carry?.attributes.get(attribute);
        const proto = original?.name === name ? original : protoOfAttribute(name, attribute);
        return renames.size === 0 ? proto : renameInAttribute(proto, renames);
      }),
    });
  }
}

/** A stored constant that is still the value that it was: under another name it is a node. */
function isStoredConstant(node: Node): boolean {
  return (
    node.carry instanceof StoredConstant &&
    node.op === "Constant" &&
    storedName(node) === node.outputs[0]?.name
  );
}

function storedName(node: Node): string | undefined {
  const attribute = Object.values(node.attributes)[0];
  if (attribute?.kind !== "opaque") return undefined;
  const { t, sparseTensor } = attribute.value as AttributeProto;
  return (t ?? sparseTensor?.values)?.name;
}

const storedIndex = ({ carry }: Node, list: StoredConstant["list"]): number[] =>
  carry instanceof StoredConstant && carry.list === list ? [carry.index] : [];

/** Every value that is in the graph, by name. */
function namesOf(graph: Graph): Map<string, Value> {
  const outputs = graph.nodes.flatMap((node) => node.outputs).filter((value) => value !== undefined);
  return new Map([...graph.inputs, ...graph.initialisers, ...outputs].map((value) => [value.name, value]));
}

function sameRecord<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>> | undefined): boolean {
  if (b === undefined) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

/** A message without the fields that are undefined or empty lists. */
function compact<M extends object>(message: { [F in keyof M]: M[F] | undefined }): M {
  return Object.fromEntries(
    Object.entries(message).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  ) as M;
}
