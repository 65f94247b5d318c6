import {
  attributesOf,
  printShape,
  readsOf,
  sameShape,
  type Builder,
  type Node,
  type Value,
  type VjpContext,
} from "../graph/index.js";
import type { OpName } from "../onnx/index.js";
import { fixedShape } from "../ops/contents.js";
import { internalError, isFloat, MattelierError } from "../util/index.js";
import { dependenceOn, hasNone, vjpOf } from "./dependence.js";
import { followWholeNumbers, notDifferentiable } from "./not-differentiable.js";
import { recomputation } from "./recompute.js";

/** The path under which the nodes of the backward pass lie. */
export const BACKWARD = "backward";

export interface GradientOptions {
  /** Values to treat as constants, besides those that `Builder.stopGradient` made. */
  readonly stopGradients?: Iterable<Value>;
  /**
   * Module paths (`enc1`, `blocks.3`) whose inner values are computed again for the backward pass instead of being
   * kept: less memory, more time. One inside another belongs to the inner. Random draws are kept.
   */
  readonly recompute?: readonly string[];
  /** What to give for a value that the loss does not depend on: zeros (default), or an error. */
  readonly unreached?: "zeros" | "error";
}

/**
 * Gradients of a scalar loss by values of the graph under construction.
 * @param loss one float; gradients have the types of `wrt`
 * @throws MattelierError `shape-mismatch` for a loss of several elements, `not-differentiable` naming the place,
 *   `invalid-argument` for an unreached value if `unreached` says so
 */
export function gradients(
  b: Builder,
  loss: Value,
  wrt: readonly Value[],
  options: GradientOptions = {},
): readonly Value[] {
  if (loss.shape.some((dim) => dim !== 1) || !isFloat(loss.dtype))
    throw new MattelierError({
      code: "shape-mismatch",
      where: `gradient of ${loss.name}`,
      expected: "a loss that is one float",
      got: `${loss.dtype}${printShape(loss.shape)}`,
      fix: "take its mean or sum",
    });
  const one = b.scalar(1, loss.dtype);
  const seed = loss.rank === 0 ? one : b.reshape(one, loss.shape as readonly number[]);
  return pullback(b, [[loss, seed]], wrt, options);
}

/**
 * The vector-Jacobian product: for outputs with their gradients, the gradients by `wrt`.
 * @param outputs pairs of a value and the gradient of an (unnamed) loss by it, of the same type
 * @throws MattelierError as {@link gradients}
 */
export function pullback(
  b: Builder,
  outputs: readonly (readonly [Value, Value])[],
  wrt: readonly Value[],
  options: GradientOptions = {},
): readonly Value[] {
  return b.keepingOnlyNeeded(() => new Pullback(b, wrt, options).run(outputs));
}

class Pullback {
  readonly #b: Builder;
  readonly #wrt: readonly Value[];
  readonly #options: GradientOptions;
  readonly #nodes: readonly Node[];
  readonly #gradients = new Map<Value, Value>();

  constructor(b: Builder, wrt: readonly Value[], options: GradientOptions) {
    this.#b = b;
    this.#wrt = wrt;
    this.#options = options;
    this.#nodes = [...b.nodes];
  }

  run(outputs: readonly (readonly [Value, Value])[]): readonly Value[] {
    const b = this.#b;
    const { stopGradients = [], recompute = [] } = this.#options;
    const dependence = dependenceOn(this.#wrt, this.#nodes, b.rules, new Set(stopGradients));
    const { dependent, sourceOf } = dependence;
    const producers = new Map(this.#nodes.flatMap((node) => node.outputs.map((output) => [output!, node])));
    const again = recomputation(b, this.#nodes, recompute, new Set(this.#wrt));

    for (const [output, gradient] of outputs)
      if (dependent.has(output)) this.#accumulate(output, gradient, "the gradient of an output");

    for (const node of this.#nodes.toReversed()) {
      const gs = node.outputs.map((output) => output && this.#gradients.get(output));
      if (gs.every((g) => g === undefined)) continue;
      const cause = readsOf(node).find((value) => dependent.has(value));
      if (cause === undefined || node.stopsGradient === true) continue;
      const vjp = vjpOf(node, b.rules);
      if (hasNone(vjp)) {
        if (vjp.zero) continue;
        throw notDifferentiable(node, vjp.reason, sourceOf(cause));
      }
      const wanted = node.inputs.map((input) => input !== undefined && dependent.has(input));
      const seen = again(node, gs);
      const results = this.#within(node, () => vjp(this.#context(seen, gs, wanted)));
      node.inputs.forEach((input, i) => {
        const gradient = results[i];
        if (!wanted[i] || gradient === undefined) return;
        if (isFloat(input!.dtype))
          this.#within(node, () => {
            this.#accumulate(input!, gradient, node.op);
          });
        else followWholeNumbers(input!, producers, b.rules, dependence);
      });
    }
    return this.#wrt.map((value) => this.#gradients.get(value) ?? this.#unreached(value));
  }

  #context(node: Node, gs: readonly (Value | undefined)[], wanted: readonly boolean[]): VjpContext<OpName> {
    const b = this.#b;
    const op = node.op as OpName;
    return {
      b,
      gs,
      wanted,
      inputs: node.inputs,
      outputs: node.outputs,
      attrs: attributesOf(node, op),
      get g() {
        return gs[0] ?? zerosLike(b, node.outputs[0]!);
      },
    };
  }

  /** Where a value has several uses, their gradients add up, each as soon as it comes: none is kept longer. */
  #accumulate(value: Value, gradient: Value, from: string): void {
    if (gradient.dtype !== value.dtype || !sameShape(gradient.shape, value.shape))
      throw internalError(
        `gradient of ${from}`,
        `${value.dtype}${printShape(value.shape)} for ${value.name}`,
        `${gradient.dtype}${printShape(gradient.shape)}`,
      );
    const before = this.#gradients.get(value);
    this.#gradients.set(value, before === undefined ? gradient : this.#b.add(before, gradient));
  }

  /** Run `body` under the node's path; errors bear it. */
  #within<T>(node: Node, body: () => T): T {
    const path = node.path === "" ? BACKWARD : `${BACKWARD}.${node.path}`;
    try {
      return this.#b.scope(path, body);
    } catch (error) {
      if (!(error instanceof MattelierError) || error.where.includes(path)) throw error;
      throw new MattelierError({ ...error.toFacts(), where: `${path}: ${error.where}` });
    }
  }

  #unreached(value: Value): Value {
    if (this.#options.unreached !== "error") return zerosLike(this.#b, value);
    throw new MattelierError({
      code: "invalid-argument",
      where: `gradient by ${value.name}`,
      expected: "a value that the loss depends on",
      got: "no differentiable path from it to the loss",
      fix: "use the module in forward, or leave its parameters out",
    });
  }
}

function zerosLike(b: Builder, value: Value): Value {
  return b.expand(b.scalar(0, value.dtype), fixedShape(value.name, value.shape));
}
