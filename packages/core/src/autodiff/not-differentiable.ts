import type { Node, RuleTable, Value } from "../graph/index.js";
import { isFloat, MattelierError } from "../util/index.js";
import { hasNone, vjpOf, type Dependence } from "./dependence.js";

/** The error for a path from the loss to a wanted value on which an operator has no gradient. */
export function notDifferentiable(node: Node, reason: string, source: Value | undefined): MattelierError {
  const place = node.path === "" ? node.outputs.find((output) => output !== undefined)!.name : node.path;
  return new MattelierError({
    code: "not-differentiable",
    where: `${place}: ${node.op}`,
    expected: `a differentiable path from the loss to ${source?.name ?? "the parameters"}`,
    got: `an operator without a gradient (${reason})`,
    fix: "stop the gradient before it (stopGradient), or leave the parameters behind it out",
  });
}

/**
 * A gradient has come, through a conversion, to a value that is no float. Go back through the whole numbers to what
 * made them: an operator without a gradient is an error; one that rounds floats has a gradient of zero, and the path
 * ends there.
 */
export function followWholeNumbers(
  value: Value,
  producers: ReadonlyMap<Value, Node>,
  rules: RuleTable,
  { dependent, sourceOf }: Dependence,
): void {
  const seen = new Set<Value>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = producers.get(next);
    if (node === undefined || seen.has(next)) continue;
    seen.add(next);
    const vjp = vjpOf(node, rules);
    if (hasNone(vjp)) throw notDifferentiable(node, vjp.reason, sourceOf(next));
    for (const input of node.inputs)
      if (input !== undefined && dependent.has(input) && !isFloat(input.dtype)) open.push(input);
  }
}
