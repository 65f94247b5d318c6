import { attributesOf, type Builder, type Node, type Value } from "../graph/index.js";
import { isOpName } from "../onnx/index.js";
import { isFloat } from "../util/index.js";

/**
 * Gives a node as the backward pass should see it, when gradients `gs` have come to its outputs: itself, or in a part
 * of the model that is computed again, its copy.
 */
export type Again = (node: Node, gs: readonly (Value | undefined)[]) => Node;

/**
 * Gradient checkpointing (Chen 2016, arXiv:1604.06174). When the backward pass enters a part, the part's nodes are
 * emitted a second time, on inputs that are tied to the gradient that has come. Copies that no gradient needs are left
 * to the caller to drop.
 *
 * @param parts module paths
 * @param sources values that gradients are asked for. What a part computes from these and constants alone (a
 *   transformed weight) is kept, not computed again: so is a first layer's result when its input is a source
 */
export function recomputation(
  b: Builder,
  nodes: readonly Node[],
  parts: readonly string[],
  sources: ReadonlySet<Value>,
): Again {
  const partOf = (node: Node): string | undefined =>
    parts
      .filter((part) => node.path === part || node.path.startsWith(`${part}.`))
      .reduce<string | undefined>((a, c) => (a === undefined || c.length > a.length ? c : a), undefined);

  const members = new Map<string, Node[]>();
  const made = new Set<Value>();
  for (const node of nodes) {
    for (const output of node.outputs) if (output !== undefined) made.add(output);
    const part = partOf(node);
    if (part === undefined) continue;
    const group = members.get(part);
    if (group === undefined) members.set(part, [node]);
    else group.push(node);
  }

  const done = new Map<string, ReadonlyMap<Node, Node>>();
  return (node, gs) => {
    const part = partOf(node);
    if (part === undefined) return node;
    let copies = done.get(part);
    if (copies === undefined) {
      const gradient = gs.find((g) => g !== undefined)!;
      copies = b.scope(`recompute.${part}`, () =>
        copyNodes(b, members.get(part)!, gradient, (value) => made.has(value) || !sources.has(value)),
      );
      done.set(part, copies);
    }
    return copies.get(node) ?? node;
  };
}

function copyNodes(
  b: Builder,
  nodes: readonly Node[],
  gradient: Value,
  mayTie: (value: Value) => boolean,
): ReadonlyMap<Node, Node> {
  const tie = tying(b, gradient);
  const inside = new Set(nodes.flatMap((node) => node.outputs));
  const copied = new Map<Value, Value>();
  const copies = new Map<Node, Node>();
  for (const node of nodes) {
    const { op } = node;
    if (!isOpName(op) || b.rules[op].random === true) continue;
    const given = node.inputs.filter((value) => value !== undefined);
    const entering = given.filter(
      (value) => value.constant === undefined && !inside.has(value) && isFloat(value.dtype) && mayTie(value),
    );
    if (entering.length === 0 && !given.some((value) => copied.has(value))) continue;
    for (const value of entering) if (!copied.has(value)) copied.set(value, tie(value));
    const inputs = node.inputs.map((value) => value && (copied.get(value) ?? value));
    const outputs = b.emit(op, inputs, attributesOf(node, op), node.outputs.length);
    node.outputs.forEach((output, i) => {
      if (output !== undefined) copied.set(output, outputs[i]!);
    });
    copies.set(node, { ...node, inputs, outputs });
  }
  return copies;
}

/**
 * Tying a value to a gradient: an axis is put in front and taken away again, and which axis it is, is chosen by
 * g₀ > g₀ out of twice the same. It copies nothing; and as ONNX Runtime cannot know the choice before the gradient is
 * there, the copies are neither run early nor merged with the originals. (A Reshape to a chosen shape would do, but for
 * ONNX Runtime 1.30's fusion of consecutive Reshapes, which fails when the first one's shape is computed.)
 */
function tying(b: Builder, gradient: Value): (value: Value) => Value {
  let axis: Value | undefined;
  const front = b.ints([0]);
  return (value) => {
    if (axis === undefined) {
      const first = b.slice(b.reshape(gradient, [-1]), [0], [1], [0]);
      axis = b.where(b.greater(first, first), front, front);
    }
    return b.op("Squeeze", [b.op("Unsqueeze", [value, axis]), front]);
  };
}
