import { MattelierError } from "../util/errors.js";
import { sizeOf } from "../util/tensor-data.js";
import { readsOf, type Graph, type Node } from "./graph.js";
import type { Value } from "./value.js";

/**
 * Check that a graph is legal: every value is made once and before its use, names are unique and not
 * empty, every operator's domain has a version, constants fill their shapes.
 * @throws MattelierError `invalid-graph`, naming the node and the value.
 */
export function verify(graph: Graph): void {
  const made = new Set<Value>();
  const names = new Set<string>();

  const make = (value: Value, where: string): void => {
    if (made.has(value)) fail(where, "each value made once", `${value.name} made again`);
    if (value.name === "") fail(where, "a name for every value", "an empty one");
    if (names.has(value.name)) fail(where, "unique value names", `${value.name} twice`);
    made.add(value);
    names.add(value.name);
  };

  for (const value of graph.initialisers) {
    make(value, "initialisers");
    if (value.constant === undefined)
      fail("initialisers", "contents for every constant", `none for ${value.name}`);
    else checkConstant(value);
  }
  for (const value of graph.inputs) {
    // Old files list initialisers among the inputs too.
    if (!(value.constant !== undefined && made.has(value))) make(value, "inputs");
  }
  for (const node of graph.nodes) {
    const where = describe(node);
    const dot = node.op.lastIndexOf(".");
    const domain = dot < 0 ? "" : node.op.slice(0, dot);
    if (graph.opsets[domain] === undefined) fail(where, `a version for the domain "${domain}"`, "none");
    for (const value of readsOf(node))
      if (!made.has(value)) fail(where, "inputs made before their use", value.name);
    for (const output of node.outputs) if (output !== undefined) make(output, where);
  }
  for (const output of graph.outputs)
    if (!made.has(output)) fail("outputs", "outputs made in the graph", output.name);
}

function checkConstant({ name, constant, type }: Value): void {
  const { dtype, shape, data } = constant!;
  const packed = dtype === "int4" || dtype === "uint4";
  const count = packed ? Math.ceil(sizeOf(shape) / 2) : sizeOf(shape);
  if (data.length !== count)
    fail(`constant ${name}`, `${count} elements for [${shape.join(",")}]`, String(data.length));
  if (type !== undefined && type.dtype !== dtype) fail(`constant ${name}`, type.dtype, dtype);
}

const describe = (node: Node): string =>
  `${node.op}${node.path === "" ? "" : ` at ${node.path}`} → ${node.outputs.map((o) => o?.name ?? "-").join(", ")}`;

function fail(where: string, expected: string, got: string): never {
  throw new MattelierError({ code: "invalid-graph", where, expected, got });
}
