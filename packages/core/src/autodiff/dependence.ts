import {
  readsOf,
  type Node,
  type NonDifferentiable,
  type OpRule,
  type RuleTable,
  type Value,
} from "../graph/index.js";
import { isOpName } from "../onnx/index.js";

/** The gradient rule of a node; an operator without a rule cannot be differentiated. */
export function vjpOf(node: Node, rules: RuleTable): OpRule["vjp"] {
  if (isOpName(node.op)) return rules[node.op].vjp;
  return { reason: "there is no rule for this operator", zero: false };
}

/** Whether a rule says that there is no gradient. */
export function hasNone(vjp: OpRule["vjp"]): vjp is NonDifferentiable {
  return typeof vjp !== "function";
}

export interface Dependence {
  /** Every value that changes with one of the sources, as far as gradients can tell. */
  readonly dependent: ReadonlySet<Value>;
  /** Of a dependent value: one source that it changes with. */
  readonly sourceOf: (value: Value) => Value | undefined;
}

/** Follow the sources through the nodes. Stopped and zero gradients end a path. */
export function dependenceOn(
  sources: readonly Value[],
  nodes: readonly Node[],
  rules: RuleTable,
  stopped: ReadonlySet<Value>,
): Dependence {
  const origin = new Map<Value, Value>();
  for (const source of sources) if (!stopped.has(source)) origin.set(source, source);
  for (const node of nodes) {
    if (node.stopsGradient === true) continue;
    const cause = readsOf(node).find((value) => origin.has(value));
    if (cause === undefined) continue;
    const vjp = vjpOf(node, rules);
    if (hasNone(vjp) && vjp.zero) continue;
    for (const output of node.outputs)
      if (output !== undefined && !stopped.has(output) && !origin.has(output))
        origin.set(output, origin.get(cause)!);
  }
  return { dependent: new Set(origin.keys()), sourceOf: (value) => origin.get(value) };
}
