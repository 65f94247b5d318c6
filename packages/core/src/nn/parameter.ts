import type { Builder, Tensor, TensorSource } from "../graph/index.js";
import { MattelierError, type TensorData } from "../util/index.js";
import type { Initialiser } from "./init.js";

/**
 * A learned array, declared: shape and how it begins, but no data. Data lives in a {@link StateDict} under the
 * path of the field that holds the parameter. Use it like a tensor; tracing says what it is in the graph.
 */
export class Parameter implements TensorSource {
  readonly shape: readonly number[];
  readonly init: Initialiser;

  constructor(shape: readonly number[], init: Initialiser) {
    this.shape = shape;
    this.init = init;
  }

  in(b: Builder): Tensor {
    return contextOf(b).bind(this);
  }
}

/**
 * State that is not learned.
 * - `average`: follows what the training graph reports ({@link TraceContext.average}), such as running means
 * - `counter`: counts training passes; plays no part in the graph
 * - `fixed`: never changes; a constant of every graph
 */
export type BufferRole = "average" | "counter" | "fixed";

/** An array of state that is not learned, declared with its first contents. */
export class StateBuffer implements TensorSource {
  readonly role: BufferRole;
  readonly initial: TensorData;

  constructor(role: BufferRole, initial: TensorData) {
    this.role = role;
    this.initial = initial;
  }

  in(b: Builder): Tensor {
    return contextOf(b).bind(this);
  }
}

/** What modules ask of the trace they are called in. */
export interface TraceContext {
  /** Whether the module under way behaves as in training. */
  readonly training: boolean;
  bind(declaration: Parameter | StateBuffer): Tensor;
  /** After each training pass, `buffer = (1 - momentum)·buffer + momentum·value`. */
  average(buffer: StateBuffer, value: Tensor, momentum: number): void;
  /** Count this pass. */
  count(buffer: StateBuffer): void;
  /** Random numbers, fresh at each run: 1/keep with probability `keep`, else 0. */
  keepMask(like: Tensor, shape: readonly number[], keep: number): Tensor;
  /** Run a module's forward on its path. */
  enter<T>(module: object, body: () => T): T;
}

const contexts = new WeakMap<Builder, TraceContext>();

/** Say what modules mean in a builder's graph. For `trace.ts`. */
export function setContext(b: Builder, context: TraceContext): void {
  contexts.set(b, context);
}

/** The trace that records into a builder. @throws MattelierError when there is none */
export function contextOf(b: Builder): TraceContext {
  const context = contexts.get(b);
  if (context !== undefined) return context;
  throw new MattelierError({
    code: "invalid-argument",
    where: b.path === "" ? "module call" : b.path,
    expected: "a graph that a model was attached to",
    got: "a builder without one",
    fix: "call attach(b, model, { mode }) before calling the model, or use trace(model, inputs, { mode })",
  });
}
