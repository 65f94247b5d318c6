import type { AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto } from "../onnx/schema.js";
import type { Attribute } from "./graph.js";
import type { OpenDims } from "./type-proto.js";
import type { ValueType } from "./value.js";

/** What a graph's file says beyond the graph: kept in {@link Graph.carry}, given back by `toOnnx`. */
export class ModelCarry {
  /** The model; of its graph's lists only those are used that are not below. */
  readonly model: ModelProto;
  /** As the graph had them when it was read: where they still are the same, the file's own lists are written. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Types of values by name, as read. */
  readonly types: ReadonlyMap<string, ValueType | undefined>;
  readonly openDims: OpenDims;

  constructor(facts: Pick<ModelCarry, "model" | "opsets" | "metadata" | "types" | "openDims">) {
    this.model = facts.model;
    this.opsets = facts.opsets;
    this.metadata = facts.metadata;
    this.types = facts.types;
    this.openDims = facts.openDims;
  }

  get graph(): GraphProto {
    return this.model.graph ?? {};
  }
}

/** What a node's file says beyond the node. */
export class NodeCarry {
  readonly proto: NodeProto;
  /** The operator that `proto` stands for. */
  readonly op: string;
  /** The messages of the attributes that were read: unchanged ones are written as they were. */
  readonly attributes: ReadonlyMap<Attribute, AttributeProto>;

  constructor(proto: NodeProto, op: string, attributes: ReadonlyMap<Attribute, AttributeProto>) {
    this.proto = proto;
    this.op = op;
    this.attributes = attributes;
  }
}

/**
 * A `Constant` node that is none in the file: a stored constant of a kind that tensors in memory do not have (8-bit
 * floats, complex numbers, sparse tensors).
 */
export class StoredConstant {
  readonly list: "initializer" | "sparseInitializer";
  /** Place in the list. */
  readonly index: number;

  constructor(list: "initializer" | "sparseInitializer", index: number) {
    this.list = list;
    this.index = index;
  }
}

export const infosOf = (infos: readonly ValueInfoProto[] | undefined): Map<string, ValueInfoProto> =>
  new Map((infos ?? []).map((info) => [info.name ?? "", info]));
