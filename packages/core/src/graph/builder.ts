import type { OpAttributes, OpName } from "../onnx/operators.js";
import { DEFAULT_OPSET, splitOpName } from "../onnx/operators.js";
import { DATA_TYPE_CODES } from "../onnx/data-types.js";
import type { DType } from "../util/dtype.js";
import { MattelierError, internalError } from "../util/errors.js";
import { tensorFrom, type TensorData } from "../util/tensor-data.js";
import type { Shape } from "./dim.js";
import { readsOf, typedAttributes, type Graph, type Node } from "./graph.js";
import type { InferContext, OpRuleWith, RuleTableWith, VjpContextWith, VjpWith } from "./rule.js";
import { namesInside } from "./subgraphs.js";
import { Value } from "./value.js";

/** A value, or a number that becomes a scalar of the other operand's type. */
export type Operand = Value | number;

type ScalarDType = Exclude<DType, "string" | "bfloat16" | "int4" | "uint4">;

/**
 * Records a graph: every call appends a node and returns its output with inferred type.
 * It names operators only as sugar over {@link Builder.emit}; what an operator means is its rule's matter.
 */
export class Builder {
  readonly rules: RuleTable;
  readonly #nodes: Node[] = [];
  readonly #inputs: Value[] = [];
  readonly #initialisers: Value[] = [];
  readonly #opsets: Record<string, number> = { "": DEFAULT_OPSET };
  readonly #names = new Map<string, number>();
  readonly #scalars = new Map<string, Value>();
  readonly #metadata: Record<string, string> = {};
  #carry: unknown;
  #path: readonly string[] = [];
  #name = "model";

  constructor(rules: RuleTable) {
    this.rules = rules;
  }

  /** A builder that goes on where a graph ends: its nodes and values are kept as they are. */
  static from(graph: Graph, rules: RuleTable): Builder {
    const b = new Builder(rules);
    b.#name = graph.name;
    b.#nodes.push(...graph.nodes);
    b.#inputs.push(...graph.inputs);
    b.#initialisers.push(...graph.initialisers);
    Object.assign(b.#opsets, graph.opsets);
    Object.assign(b.#metadata, graph.metadata);
    b.#carry = graph.carry;
    for (const value of [...graph.inputs, ...graph.initialisers]) b.#names.set(value.name, 1);
    for (const node of graph.nodes) {
      for (const out of node.outputs) if (out) b.#names.set(out.name, 1);
      for (const name of namesInside(node)) b.#names.set(name, 1);
    }
    return b;
  }

  /** Run `body` with a module's name on the path; errors and nodes bear it. */
  scope<T>(name: string, body: () => T): T {
    const outer = this.#path;
    this.#path = [...outer, name];
    try {
      return body();
    } finally {
      this.#path = outer;
    }
  }

  /** Where we are, such as `enc1.conv`. */
  get path(): string {
    return this.#path.join(".");
  }

  /** Nodes recorded so far. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    const value = new Value(this.#unique(name), { dtype, shape });
    this.#inputs.push(value);
    return value;
  }

  /** A constant in the graph's store. */
  constant(data: TensorData, name = "const"): Value {
    const known =
      (data.dtype === "int64" || data.dtype === "int32") && data.data.length <= 64
        ? Array.from(data.data as ArrayLike<number | bigint>, Number)
        : undefined;
    const value = new Value(
      this.#unique(name),
      { dtype: data.dtype, shape: data.shape },
      { constant: data, known },
    );
    this.#initialisers.push(value);
    return value;
  }

  /** A scalar constant, one per number and type. */
  scalar(value: number, dtype: DType): Value {
    const key = `${dtype}:${Object.is(value, -0) ? "-0" : value}`;
    let scalar = this.#scalars.get(key);
    if (scalar === undefined) {
      scalar = this.constant(tensorFrom(dtype as ScalarDType, [], [value]), "scalar");
      this.#scalars.set(key, scalar);
    }
    return scalar;
  }

  /** A constant vector of int64: axes, sizes, pads. One per content. */
  ints(values: readonly number[]): Value {
    const key = `int64[]:${values.join(",")}`;
    let vector = this.#scalars.get(key);
    if (vector === undefined) {
      vector = this.constant(tensorFrom("int64", [values.length], values), "ints");
      this.#scalars.set(key, vector);
    }
    return vector;
  }

  /** Apply an operator with one output. */
  op<K extends OpName>(op: K, inputs: readonly (Value | undefined)[], attrs?: OpAttributes<K>): Value {
    return this.emit(op, inputs, attrs)[0]!;
  }

  /**
   * Apply an operator.
   * @throws MattelierError as the operator's `infer` does, with the module path.
   */
  emit<K extends OpName>(
    op: K,
    inputs: readonly (Value | undefined)[],
    attrs: OpAttributes<K> = {},
    outputCount = 1,
  ): readonly Value[] {
    const rule: OpRule<K> = this.rules[op];
    const { domain } = splitOpName(op);
    const opset = (this.#opsets[domain] ??= 1);
    const context: InferContext<K> = { inputs, attrs, outputCount, opset };
    const inferred = this.#inferAt(op, rule, context);
    const types = "dtype" in inferred ? [inferred] : inferred;
    if (types.length < outputCount)
      throw internalError(op, `${outputCount} inferred outputs`, String(types.length));
    const known = rule.inferData?.(context);
    const stem = this.path === "" ? op : `${this.path}/${op}`;
    const outputs = types
      .slice(0, outputCount)
      .map((type, i) => new Value(this.#unique(stem), type, i === 0 && known ? { known } : {}));
    this.#nodes.push({ op, inputs, outputs, attributes: typedAttributes(op, attrs), path: this.path });
    return outputs;
  }

  /** Give the model a metadata property. */
  metadata(key: string, value: string): void {
    this.#metadata[key] = value;
  }

  /** The graph recorded so far, with these outputs; each may be renamed by giving a record. */
  build(outputs: readonly Value[], name = this.#name): Graph {
    return {
      name,
      inputs: [...this.#inputs],
      outputs,
      nodes: [...this.#nodes],
      initialisers: [...this.#initialisers],
      opsets: { ...this.#opsets },
      metadata: { ...this.#metadata },
      carry: this.#carry,
    };
  }

  /** An operand as a value of the type of `like`. */
  operand(x: Operand, like: Value): Value {
    return typeof x === "number" ? this.scalar(x, like.dtype) : x;
  }

  /**
   * Run `body`, then drop what it recorded and the values it returns do not need. For bodies that cannot know
   * beforehand which of their steps count.
   */
  keepingOnlyNeeded<T extends Value | undefined>(body: () => readonly T[]): readonly T[] {
    const nodeCount = this.#nodes.length;
    const initialiserCount = this.#initialisers.length;
    const results = body();
    const needed = new Set<Value | undefined>(results);
    const kept = this.#nodes
      .splice(nodeCount)
      .reverse()
      .filter((node) => {
        const counts = node.outputs.some((output) => output !== undefined && needed.has(output));
        if (counts) for (const value of readsOf(node)) needed.add(value);
        return counts;
      });
    this.#nodes.push(...kept.reverse());
    const fresh = this.#initialisers.splice(initialiserCount);
    this.#initialisers.push(...fresh.filter((value) => needed.has(value)));
    const dropped = new Set(fresh.filter((value) => !needed.has(value)));
    for (const [key, value] of this.#scalars) if (dropped.has(value)) this.#scalars.delete(key);
    return results;
  }

  /** Give a value a name of its own: the name of an output. */
  named(x: Value, name: string): Value {
    return this.#copy(x, name, {});
  }

  /** The same value, as a constant to whoever differentiates. */
  stopGradient(x: Value): Value {
    const name = this.path === "" ? "stop_gradient" : `${this.path}/stop_gradient`;
    return this.#copy(x, name, { stopsGradient: true });
  }

  // Sugar, in the order of the operator table.
  add = (x: Value, y: Operand): Value => this.op("Add", [x, this.operand(y, x)]);
  sub = (x: Value, y: Operand): Value => this.op("Sub", [x, this.operand(y, x)]);
  mul = (x: Value, y: Operand): Value => this.op("Mul", [x, this.operand(y, x)]);
  div = (x: Value, y: Operand): Value => this.op("Div", [x, this.operand(y, x)]);
  pow = (x: Value, y: Operand): Value => this.op("Pow", [x, this.operand(y, x)]);
  max = (x: Value, y: Operand): Value => this.op("Max", [x, this.operand(y, x)]);
  min = (x: Value, y: Operand): Value => this.op("Min", [x, this.operand(y, x)]);
  greater = (x: Value, y: Operand): Value => this.op("Greater", [x, this.operand(y, x)]);
  less = (x: Value, y: Operand): Value => this.op("Less", [x, this.operand(y, x)]);
  equal = (x: Value, y: Operand): Value => this.op("Equal", [x, this.operand(y, x)]);
  neg = (x: Value): Value => this.op("Neg", [x]);
  exp = (x: Value): Value => this.op("Exp", [x]);
  log = (x: Value): Value => this.op("Log", [x]);
  sqrt = (x: Value): Value => this.op("Sqrt", [x]);
  abs = (x: Value): Value => this.op("Abs", [x]);
  sigmoid = (x: Value): Value => this.op("Sigmoid", [x]);
  tanh = (x: Value): Value => this.op("Tanh", [x]);
  relu = (x: Value): Value => this.op("Relu", [x]);
  where = (condition: Value, x: Value, y: Value): Value => this.op("Where", [condition, x, y]);
  cast = (x: Value, dtype: DType): Value =>
    x.dtype === dtype ? x : this.op("Cast", [x], { to: DATA_TYPE_CODES[dtype] });
  matmul = (x: Value, y: Value): Value => this.op("MatMul", [x, y]);
  concat = (xs: readonly Value[], axis: number): Value =>
    xs.length === 1 ? xs[0]! : this.op("Concat", xs, { axis });
  transpose = (x: Value, perm: readonly number[]): Value => this.op("Transpose", [x], { perm });
  reshape = (x: Value, shape: readonly number[]): Value => this.op("Reshape", [x, this.ints(shape)]);
  expand = (x: Value, shape: readonly number[]): Value => this.op("Expand", [x, this.ints(shape)]);
  /** `x[starts:ends:steps]` along the axes. */
  slice = (
    x: Value,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps?: readonly number[],
  ): Value =>
    this.op("Slice", [
      x,
      this.ints(starts),
      this.ints(ends),
      this.ints(axes),
      ...(steps === undefined ? [] : [this.ints(steps)]),
    ]);
  reduceSum = (x: Value, axes: readonly number[], keepdims = true): Value =>
    this.op("ReduceSum", [x, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });
  reduceMean = (x: Value, axes: readonly number[], keepdims = true): Value =>
    this.op("ReduceMean", [x, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });

  #copy(x: Value, name: string, marks: Pick<Node, "stopsGradient">): Value {
    const out = new Value(this.#unique(name), x.type, { known: x.known });
    this.#nodes.push({
      op: "Identity",
      inputs: [x],
      outputs: [out],
      attributes: {},
      path: this.path,
      ...marks,
    });
    return out;
  }

  #inferAt<K extends OpName>(
    op: K,
    rule: OpRule<K>,
    context: InferContext<K>,
  ): ReturnType<OpRule<K>["infer"]> {
    try {
      return rule.infer(context);
    } catch (error) {
      if (!(error instanceof MattelierError) || this.path === "") throw error;
      throw new MattelierError({ ...error.toFacts(), where: `${this.path}: ${error.where}` });
    }
  }

  #unique(stem: string): string {
    const count = this.#names.get(stem) ?? 0;
    this.#names.set(stem, count + 1);
    if (count === 0) return stem;
    return this.#unique(`${stem}_${count}`);
  }
}

export type VjpContext<K extends OpName> = VjpContextWith<Builder, K>;
/** Vector-Jacobian product: per input the gradient of the loss, undefined where there is none. */
export type Vjp<K extends OpName> = VjpWith<Builder, K>;
/** All that shared code knows of one operator. */
export type OpRule<K extends OpName = OpName> = OpRuleWith<Builder, K>;
/** A rule for every operator: an incomplete table does not compile. */
export type RuleTable = RuleTableWith<Builder>;
