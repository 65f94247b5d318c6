import { Tensor, type Builder, type Graph, type Shape, type Value } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { MattelierError, numbersOf, tensorFrom, type DType, type TensorData } from "../util/index.js";
import { membersOf, namedTensors, type AnyModule, type Module } from "./module.js";
import { contextOf, Parameter, setContext, type StateBuffer, type TraceContext } from "./parameter.js";
import type { StateDict } from "./state-dict.js";

export interface AttachOptions {
  readonly mode: "train" | "eval";
  /** Contents for fixed buffers, and for everything with `weights: "constants"`. Default: the declared ones. */
  readonly state?: StateDict | undefined;
  /** Whether parameters and buffers are graph inputs (default) or constants from `state`. */
  readonly weights?: "inputs" | "constants" | undefined;
  /** Put in front of every path, such as `teacher.`: several models in one graph. */
  readonly prefix?: string | undefined;
  /** Element type of parameters and buffers. Default float32. */
  readonly dtype?: "float32" | "float64" | undefined;
  /** Modules that behave as in evaluation though the mode is training: frozen normalisation. */
  readonly frozen?: ((path: string) => boolean) | undefined;
}

/** Numbers to draw for a graph input before each run, from `rng.fork(path)`. */
export interface RandomInput {
  readonly input: Value;
  readonly path: string;
  /** Each element is 1/keep with this probability, else 0. */
  readonly keep: number;
}

/** After each run, `buffer = (1 - momentum)·buffer + momentum·value`. */
export interface BufferAverage {
  readonly path: string;
  readonly value: Value;
  readonly momentum: number;
}

/** A model in a graph. The lists fill as the model is called; paths bear no prefix. */
export interface Attached {
  /** Graph inputs of the parameters used. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** Graph inputs of the buffers used. */
  readonly buffers: ReadonlyMap<string, Value>;
  readonly averages: readonly BufferAverage[];
  /** Buffers to add 1 to after each run. */
  readonly counters: readonly string[];
  readonly random: readonly RandomInput[];
}

/**
 * Make a model callable on tensors of a builder's graph.
 * @throws MattelierError `invalid-model` where the model shares parts with itself or with one attached before
 */
export function attach(b: Builder, model: AnyModule, options: AttachOptions): Attached {
  return traceOf(b).attach(model, options);
}

export interface InputDeclaration {
  readonly shape: Shape;
  /** Default float32. */
  readonly dtype?: DType | undefined;
}

/**
 * Record a model's graph: its inputs in the order of `forward`'s arguments, outputs under the names that
 * `forward` gives them (`output` for a single one).
 */
export function trace<In extends readonly Tensor[], Out>(
  model: Module<In, Out>,
  inputs: Readonly<Record<string, InputDeclaration>>,
  options: AttachOptions,
): Graph {
  const b = createBuilder();
  const tensors = Object.entries(inputs).map(([name, { dtype = options.dtype ?? "float32", shape }]) => {
    return new Tensor(b, b.input(name, dtype, shape));
  });
  attach(b, model, options);
  const result = model(...(tensors as unknown as In));
  const outputs = namedTensors(result).map(([name, { value }]) =>
    b.named(value, name === "" ? "output" : name),
  );
  return b.build(outputs);
}

interface Root extends Attached {
  readonly options: AttachOptions;
  readonly parameters: Map<string, Value>;
  readonly buffers: Map<string, Value>;
  readonly averages: BufferAverage[];
  readonly counters: string[];
  readonly random: RandomInput[];
}

interface Place {
  readonly root: Root;
  readonly path: string;
}

class Trace implements TraceContext {
  readonly #b: Builder;
  readonly #places = new Map<object, Place>();
  readonly #bound = new Map<Parameter | StateBuffer, Tensor>();
  /** The modules under way, innermost last. */
  readonly #stack: Place[] = [];

  constructor(b: Builder) {
    this.#b = b;
  }

  attach(model: AnyModule, options: AttachOptions): Attached {
    const root: Root = {
      options,
      parameters: new Map(),
      buffers: new Map(),
      averages: [],
      counters: [],
      random: [],
    };
    const { modules, state } = membersOf(model);
    for (const { path, item } of [...modules, ...state]) {
      const before = this.#places.get(item);
      if (before !== undefined) throw attachedBefore(pathIn(before), `${options.prefix ?? ""}${path}`);
      this.#places.set(item, { root, path });
    }
    return root;
  }

  get training(): boolean {
    const { root, path } = this.#here();
    return root.options.mode === "train" && root.options.frozen?.(path) !== true;
  }

  bind(declaration: Parameter | StateBuffer): Tensor {
    const known = this.#bound.get(declaration);
    if (known !== undefined) return known;
    const tensor = new Tensor(this.#b, this.#valueOf(declaration, this.#placeOf(declaration)));
    this.#bound.set(declaration, tensor);
    return tensor;
  }

  average(buffer: StateBuffer, value: Tensor, momentum: number): void {
    const { root, path } = this.#placeOf(buffer);
    root.averages.push({ path, value: value.value, momentum });
  }

  count(buffer: StateBuffer): void {
    const { root, path } = this.#placeOf(buffer);
    root.counters.push(path);
  }

  keepMask(like: Tensor, shape: readonly number[], keep: number): Tensor {
    const place = this.#here();
    const input = this.#b.input(`${pathIn(place)}/mask`, like.dtype, shape);
    place.root.random.push({ input, path: input.name, keep });
    return new Tensor(this.#b, input);
  }

  enter<T>(module: object, body: () => T): T {
    const place = this.#placeOf(module);
    const full = pathIn(place);
    const outer = this.#stack.at(-1);
    const around = outer === undefined ? "" : pathIn(outer);
    const name = around !== "" && full.startsWith(`${around}.`) ? full.slice(around.length + 1) : full;
    this.#stack.push(place);
    try {
      return name === "" ? body() : this.#b.scope(name, body);
    } finally {
      this.#stack.pop();
    }
  }

  #valueOf(declaration: Parameter | StateBuffer, { root, path }: Place): Value {
    const { dtype = "float32", weights = "inputs", state, prefix = "" } = root.options;
    const name = `${prefix}${path}`;
    if (declaration instanceof Parameter) {
      if (weights === "constants") return this.#b.constant(inDType(stored(state, path), dtype), name);
      const input = this.#b.input(name, dtype, declaration.shape);
      root.parameters.set(path, input);
      return input;
    }
    const { role, initial } = declaration;
    const own = initial.dtype === "float32" ? dtype : initial.dtype;
    if (role === "fixed") return this.#b.constant(inDType(state?.get(path) ?? initial, own), name);
    if (weights === "constants") return this.#b.constant(inDType(stored(state, path), own), name);
    const input = this.#b.input(name, own, initial.shape);
    root.buffers.set(path, input);
    return input;
  }

  #here(): Place {
    const place = this.#stack.at(-1);
    if (place !== undefined) return place;
    throw new MattelierError({
      code: "invalid-argument",
      where: this.#b.path === "" ? "model" : this.#b.path,
      expected: "to be asked within a module's forward",
      got: "a call from outside",
    });
  }

  #placeOf(item: object): Place {
    const place = this.#places.get(item);
    if (place !== undefined) return place;
    throw new MattelierError({
      code: "invalid-model",
      where: this.#b.path === "" ? "model" : this.#b.path,
      expected: "modules and parameters that are fields of the model",
      got: `a ${item.constructor.name} that no public field leads to`,
      fix: "make it in a field (not in forward, not in a #private field), or attach its model to this graph",
    });
  }
}

const pathIn = ({ root, path }: Place): string => {
  const prefix = root.options.prefix ?? "";
  return path === "" ? prefix.replace(/\.$/, "") : `${prefix}${path}`;
};

function traceOf(b: Builder): Trace {
  const known = traces.get(b);
  if (known !== undefined) return known;
  const fresh = new Trace(b);
  traces.set(b, fresh);
  setContext(b, fresh);
  return fresh;
}

const traces = new WeakMap<Builder, Trace>();

function stored(state: StateDict | undefined, path: string): TensorData {
  const data = state?.get(path);
  if (data !== undefined) return data;
  throw new MattelierError({
    code: "invalid-data",
    where: path,
    expected: "contents for every parameter and buffer in the state dict",
    got: state === undefined ? "no state dict" : `${state.size} others`,
    fix: "pass { state }, such as initialState(model, rng) or a loaded checkpoint",
  });
}

function inDType(data: TensorData, dtype: DType): TensorData {
  if (data.dtype === dtype) return data;
  return tensorFrom(dtype as "float32" | "float64", data.shape, numbersOf(data));
}

function attachedBefore(first: string, second: string): MattelierError {
  return new MattelierError({
    code: "invalid-model",
    where: second === "" ? "model" : second,
    expected: "each model attached to a graph once",
    got: `parts that are attached as ${first === "" ? "the model" : first}`,
    fix: "build a second instance of the model for the second use",
  });
}

/** Whether the module under way behaves as in training. For `forward`s that differ. */
export function isTraining(x: Tensor): boolean {
  return contextOf(x.b).training;
}
