import type { AttributeKind, OpAttributes, OpName } from "../onnx/operators.js";
import { OPERATORS } from "../onnx/operators.js";
import { internalError } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import type { Value } from "./value.js";

/** An attribute with its ONNX type. `opaque` carries what rules never read (subgraphs, sparse tensors) unchanged. */
export type Attribute =
  | { readonly kind: "int"; readonly value: number | bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "tensor"; readonly value: TensorData }
  | { readonly kind: "ints"; readonly value: readonly (number | bigint)[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "opaque"; readonly value: unknown };

/** One application of an operator. Never changes; a pass makes new ones. */
export interface Node {
  /** Operator, prefixed by its domain when that is not ONNX's own: `Conv`, `com.microsoft.FusedMatMul`. */
  readonly op: string;
  /** An optional input left out is undefined. */
  readonly inputs: readonly (Value | undefined)[];
  /** An optional output not wanted is undefined. */
  readonly outputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Values of this graph that subgraphs among the attributes read, by the names that they have in there. */
  readonly captures?: ReadonlyMap<string, Value>;
  /** Where in the model it comes from, such as `enc1.0.conv`; the node's name in ONNX. */
  readonly path: string;
  /** No gradient passes this node ({@link Builder.stopGradient}). Not part of ONNX: a file does not keep it. */
  readonly stopsGradient?: true;
  /** What only the file knows (doc string, overload, metadata); carried through round trips. */
  readonly carry?: unknown;
}

/** A whole model: nodes in an order in which every value is made before it is used. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  /** Constants in the graph's store, in file order. */
  readonly initialisers: readonly Value[];
  /** Version per operator domain; "" is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  /** The model's metadata properties: preprocessing, card. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What only the file knows (producer, functions, doc strings); carried through round trips. */
  readonly carry?: unknown;
}

/** A node's attributes as plain values, typed by the operator. */
export function attributesOf<K extends OpName>(node: Node, op: K): OpAttributes<K> {
  if (node.op !== op) throw internalError(`attributesOf(${op})`, op, node.op);
  return Object.fromEntries(
    Object.entries(node.attributes)
      .filter(([name]) => Object.hasOwn(OPERATORS[op], name))
      .map(([name, { value }]) => [name, Array.isArray(value) ? value.map(plain) : plain(value)]),
  ) as OpAttributes<K>;
}

const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

/** Plain attribute values with their ONNX types, as the operator table gives them. Undefined ones are left out. */
export function typedAttributes<K extends OpName>(op: K, attrs: OpAttributes<K>): Record<string, Attribute> {
  const kinds: Readonly<Record<string, AttributeKind>> = OPERATORS[op];
  const typed: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(attrs)) {
    const kind = kinds[name];
    if (kind === undefined)
      throw internalError(op, `attributes among ${Object.keys(kinds).join(", ")}`, name);
    if (value !== undefined) typed[name] = { kind, value } as Attribute;
  }
  return typed;
}

/** All values that a node reads: its inputs, and what its subgraphs capture. */
export function readsOf(node: Node): Value[] {
  const inputs = node.inputs.filter((input) => input !== undefined);
  return node.captures === undefined ? inputs : [...inputs, ...node.captures.values()];
}

/** The node reading other values, inputs and captured ones; the same node when none changes. */
export function mapReads(node: Node, change: (value: Value) => Value): Node {
  if (readsOf(node).every((value) => change(value) === value)) return node;
  const inputs = node.inputs.map((input) => input && change(input));
  if (node.captures === undefined) return { ...node, inputs };
  const captures = new Map([...node.captures].map(([name, value]) => [name, change(value)]));
  return { ...node, inputs, captures };
}

/** The nodes that read each value. */
export function usesOf(graph: Graph): Map<Value, Node[]> {
  const uses = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const value of readsOf(node)) {
      const users = uses.get(value);
      if (users === undefined) uses.set(value, [node]);
      else if (users.at(-1) !== node) users.push(node);
    }
  }
  return uses;
}

/** The node that makes each value. */
export function producersOf(graph: Graph): Map<Value, Node> {
  const producers = new Map<Value, Node>();
  for (const node of graph.nodes)
    for (const output of node.outputs) if (output !== undefined) producers.set(output, node);
  return producers;
}
