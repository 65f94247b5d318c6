import { DATA_TYPE_CODES, dataTypeName, storedBytes } from "../onnx/data-types.js";
import type { AttributeProto, GraphProto } from "../onnx/schema.js";
import type { DType } from "../util/dtype.js";
import { sizeOf } from "../util/tensor-data.js";
import { infosOf, ModelCarry } from "./carry.js";
import { printShape, type Dim } from "./dim.js";
import { readsOf, type Graph, type Node } from "./graph.js";
import { contextOf, inferTypes } from "./infer-types.js";
import type { OpRule, RuleTable } from "./builder.js";
import { subgraphsOf } from "./subgraphs.js";
import { describeType } from "./type-proto.js";
import type { Value, ValueType } from "./value.js";

export interface ValueSummary {
  readonly name: string;
  /** For people: `float32[1,3,320,320]`, `sequence(float32[n])`, `unknown`. */
  readonly type: string;
  readonly dtype?: DType;
  readonly shape?: readonly Dim[];
  /** An input that may be left out: the model has contents for it. */
  readonly isOptional: boolean;
}

export interface OperatorSummary {
  readonly op: string;
  /** Nodes of the graph itself. */
  readonly count: number;
  /** Nodes inside subgraphs and functions. */
  readonly nested: number;
  /** Multiply-accumulates of the graph's nodes, as far as they are known. */
  readonly macs: number;
}

export interface WeightSummary {
  readonly dtype: string;
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
}

export interface Summary {
  readonly name: string;
  readonly irVersion: number | undefined;
  readonly producer: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly ValueSummary[];
  readonly outputs: readonly ValueSummary[];
  /** Most frequent first. */
  readonly operators: readonly OperatorSummary[];
  readonly functions: readonly string[];
  /** {@link PARAMETERS_ARE} */
  readonly parameters: number;
  /** Stored tensors that some node reads, by element type. */
  readonly weights: readonly WeightSummary[];
  readonly macs: MacsSummary;
  readonly fileBytes: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** Nodes whose rule refused them, so that types after them may be missing, and why. */
  readonly refusals: readonly { readonly node: string; readonly reason: string }[];
}

/** What counts as a parameter. */
export const PARAMETERS_ARE =
  "elements of the stored tensors that nodes read: all of floating point, and of 4- and 8-bit integers those " +
  "with two axes or more (quantised weights)";

/** What counts as a multiply-accumulate. */
export const MACS_ARE = "multiply-accumulates of convolutions and matrix products, outside subgraphs";

export interface MacsSummary {
  /** {@link MACS_ARE}: the sum over the nodes for which it is known. */
  readonly total: number;
  /** Nodes whose number depends on sizes that are open, and the symbols of those. */
  readonly openNodes: number;
  readonly openSymbols: readonly string[];
  /** Nodes of operators without a rule, or whose inputs' types are unknown. */
  readonly unknownNodes: number;
}

export interface SummaryOptions {
  /** Sizes for symbols of the inputs' shapes. */
  readonly bind?: Readonly<Record<string, number>>;
  readonly fileBytes?: number;
}

/** Facts of a model, and the graph with the types that were found on the way. */
export function summarise(
  graph: Graph,
  rules: RuleTable,
  { bind = {}, fileBytes }: SummaryOptions = {},
): { summary: Summary; typed: Graph } {
  const refusals: { node: string; reason: string }[] = [];
  const typed = inferTypes(graph, rules, bind, (node, error) => {
    refusals.push({ node: node.path === "" ? node.op : node.path, reason: error.message });
  });
  const model = graph.carry instanceof ModelCarry ? graph.carry.model : undefined;
  const weights = weightsOf(typed);
  const summary: Summary = {
    name: graph.name,
    irVersion: model?.irVersion === undefined ? undefined : Number(model.irVersion),
    producer: [model?.producerName, model?.producerVersion].filter(Boolean).join(" "),
    opsets: graph.opsets,
    inputs: describeValues(typed.inputs, model?.graph?.input),
    outputs: describeValues(typed.outputs, model?.graph?.output),
    operators: operatorsOf(typed, rules),
    functions: (model?.functions ?? []).map(({ domain = "", name = "" }) =>
      domain === "" ? name : `${domain}.${name}`,
    ),
    parameters: weights.reduce((total, { parameters }) => total + parameters, 0),
    weights: byType(weights),
    macs: sumMacs(typed, rules),
    fileBytes,
    metadata: graph.metadata,
    refusals,
  };
  return { summary, typed };
}

/** Multiply-accumulates of a node: 0 for operators that have none, undefined where they cannot be known. */
export function macsOf(node: Node, opsets: Graph["opsets"], rules: RuleTable): Dim | undefined {
  const found = contextOf(node, opsets);
  if (found === undefined) return undefined;
  const { macs }: OpRule = rules[found.op];
  if (macs === undefined) return 0;
  const outputs: ValueType[] = [];
  for (const output of node.outputs) {
    if (output !== undefined && output.type === undefined) return undefined;
    if (output?.type !== undefined) outputs.push(output.type);
  }
  return macs({ ...found.context, outputs });
}

function sumMacs({ nodes, opsets }: Graph, rules: RuleTable): MacsSummary {
  let total = 0;
  let openNodes = 0;
  let unknownNodes = 0;
  const symbols = new Set<string>();
  for (const node of nodes) {
    const macs = macsOf(node, opsets, rules);
    if (macs === undefined) unknownNodes += 1;
    else if (typeof macs === "number") total += macs;
    else {
      openNodes += 1;
      for (const symbol of macs.match(/[A-Za-z_]\w*/g) ?? []) symbols.add(symbol);
    }
  }
  return { total, openNodes, openSymbols: [...symbols], unknownNodes };
}

function operatorsOf(graph: Graph, rules: RuleTable): OperatorSummary[] {
  const counts = new Map<string, { count: number; nested: number; macs: number }>();
  const entry = (op: string): { count: number; nested: number; macs: number } => {
    const known = counts.get(op) ?? { count: 0, nested: 0, macs: 0 };
    counts.set(op, known);
    return known;
  };
  const visit = (nodes: GraphProto["node"]): void => {
    for (const { opType = "", domain = "", attribute = [] } of nodes ?? []) {
      entry(domain === "" || domain === "ai.onnx" ? opType : `${domain}.${opType}`).nested += 1;
      for (const inner of attribute.flatMap(subgraphsOf)) visit(inner.node);
    }
  };
  for (const node of graph.nodes) {
    const known = entry(node.op);
    const macs = macsOf(node, graph.opsets, rules);
    known.count += 1;
    known.macs += typeof macs === "number" ? macs : 0;
    for (const attribute of Object.values(node.attributes))
      if (attribute.kind === "opaque")
        for (const inner of subgraphsOf(attribute.value as AttributeProto)) visit(inner.node);
  }
  if (graph.carry instanceof ModelCarry)
    for (const { node } of graph.carry.model.functions ?? []) visit(node);
  return [...counts]
    .map(([op, known]) => ({ op, ...known }))
    .sort((a, b) => b.count + b.nested - a.count - a.nested || (a.op < b.op ? -1 : 1));
}

interface Weight {
  readonly dtype: string;
  readonly elements: number;
  readonly bytes: number;
  readonly parameters: number;
}

/** Stored tensors that are read: initialisers, and tensors of nodes that only bring them (`Constant`). */
function weightsOf(graph: Graph): Weight[] {
  const read = new Set<Value>(graph.outputs);
  for (const node of graph.nodes) for (const value of readsOf(node)) read.add(value);
  const weights = graph.initialisers
    .filter((value) => read.has(value))
    .map(({ constant }) => weight(DATA_TYPE_CODES[constant!.dtype], constant!.shape));
  for (const node of graph.nodes) {
    if (node.inputs.length > 0 || !node.outputs.some((output) => output !== undefined && read.has(output)))
      continue;
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.kind === "tensor")
        weights.push(weight(DATA_TYPE_CODES[attribute.value.dtype], attribute.value.shape));
      if (attribute.kind !== "opaque") continue;
      const { t, sparseTensor } = attribute.value as AttributeProto;
      const tensor = t ?? sparseTensor?.values;
      if (tensor !== undefined) weights.push(weight(tensor.dataType ?? 0, (tensor.dims ?? []).map(Number)));
    }
  }
  return weights;
}

function weight(code: number, shape: readonly number[]): Weight {
  const dtype = dataTypeName(code);
  const elements = sizeOf(shape);
  const isParameter = /^(float|bfloat)/.test(dtype) || (/^u?int[48]$/.test(dtype) && shape.length >= 2);
  return { dtype, elements, bytes: storedBytes(code, elements) ?? 0, parameters: isParameter ? elements : 0 };
}

function byType(weights: readonly Weight[]): WeightSummary[] {
  const sums = new Map<string, { tensors: number; elements: number; bytes: number }>();
  for (const { dtype, elements, bytes } of weights) {
    const sum = sums.get(dtype) ?? { tensors: 0, elements: 0, bytes: 0 };
    sums.set(dtype, {
      tensors: sum.tensors + 1,
      elements: sum.elements + elements,
      bytes: sum.bytes + bytes,
    });
  }
  return [...sums].map(([dtype, sum]) => ({ dtype, ...sum })).sort((a, b) => b.bytes - a.bytes);
}

function describeValues(values: readonly Value[], stored: GraphProto["input"]): ValueSummary[] {
  const infos = infosOf(stored);
  return values.map(({ name, type, constant }) => ({
    name,
    type: type === undefined ? describeType(infos.get(name)?.type) : `${type.dtype}${printShape(type.shape)}`,
    ...type,
    isOptional: constant !== undefined,
  }));
}
