import { printShape } from "./dim.js";
import type { Attribute, Graph, Node } from "./graph.js";
import type { Value } from "./value.js";

/**
 * A graph as text, one node a line, for people and golden tests:
 *
 *     graph model ("" 21)
 *       in  x: float32[N,3,32,32]
 *       w = float32[8,3,3,3]
 *       y: float32[N,8,32,32] = Conv(x, w) {pads=[1,1,1,1]}  # enc1
 *       out y
 */
export function printGraph(graph: Graph): string {
  const opsets = Object.entries(graph.opsets).map(
    ([domain, version]) => `${JSON.stringify(domain)} ${version}`,
  );
  return [
    `graph ${graph.name} (${opsets.join(", ")})`,
    ...graph.inputs.map((value) => `  in  ${typed(value)}`),
    ...graph.initialisers.map((value) => `  ${value.name} = ${contents(value)}`),
    ...graph.nodes.map((node) => `  ${printNode(node)}`),
    ...graph.outputs.map((value) => `  out ${value.name}`),
    "",
  ].join("\n");
}

export function printNode(node: Node): string {
  const outputs = node.outputs.map((value) => (value === undefined ? "_" : typed(value))).join(", ");
  const inputs = node.inputs.map((value) => value?.name ?? "_").join(", ");
  const attributes = Object.entries(node.attributes).map(([name, a]) => `${name}=${printAttribute(a)}`);
  const braces = attributes.length === 0 ? "" : ` {${attributes.join(", ")}}`;
  const stop = node.stopsGradient === true ? " stop-gradient" : "";
  const captured = node.captures === undefined ? "" : ` reads ${[...node.captures.keys()].join(", ")}`;
  return `${outputs} = ${node.op}(${inputs})${braces}${captured}${stop}${node.path === "" ? "" : `  # ${node.path}`}`;
}

function typed(value: Value): string {
  return value.type === undefined
    ? value.name
    : `${value.name}: ${value.type.dtype}${printShape(value.type.shape)}`;
}

function contents({ constant, type }: Value): string {
  if (constant === undefined) return "?";
  const head = `${constant.dtype}${printShape(type?.shape ?? constant.shape)}`;
  return constant.data.length > 8
    ? head
    : `${head} {${Array.from<unknown>(constant.data).map(printElement).join(",")}}`;
}

const printElement = (x: unknown): string => (typeof x === "number" ? printFloat(x) : String(x));

/** The shortest number that rounds to the same float32; numbers that are none, whole. */
function printFloat(x: number): string {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return String(short);
  }
  return String(x);
}

function printAttribute(attribute: Attribute): string {
  switch (attribute.kind) {
    case "int":
      return String(attribute.value);
    case "float":
      return printFloat(attribute.value);
    case "string":
      return JSON.stringify(attribute.value);
    case "floats":
      return `[${attribute.value.map(printFloat).join(",")}]`;
    case "ints":
    case "strings":
      return `[${attribute.value.join(",")}]`;
    case "tensor":
      return `${attribute.value.dtype}${printShape(attribute.value.shape)}`;
    case "opaque":
      return "…";
  }
}
