import type { AttributeProto, GraphProto, NodeProto } from "../onnx/schema.js";
import type { Node } from "./graph.js";

// Subgraphs (bodies of If, Loop, Scan) stay as they are in the file. Only their names concern the graph around them:
// what they read of it, and what they define, which nothing outside may be called too.

/** The graphs of an attribute. */
export function subgraphsOf(attribute: AttributeProto): readonly GraphProto[] {
  return attribute.g === undefined ? (attribute.graphs ?? []) : [attribute.g, ...(attribute.graphs ?? [])];
}

const nested = (node: NodeProto): GraphProto[] => (node.attribute ?? []).flatMap(subgraphsOf);

function definedIn(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const { name } of graph.input ?? []) if (name !== undefined) names.add(name);
  for (const { name } of graph.initializer ?? []) if (name !== undefined) names.add(name);
  for (const { values } of graph.sparseInitializer ?? [])
    if (values?.name !== undefined) names.add(values.name);
  for (const node of graph.node ?? []) for (const name of node.output ?? []) names.add(name);
  names.delete("");
  return names;
}

/** Names that a graph reads and does not define: values of the graphs around it. */
export function freeNames(graph: GraphProto): Set<string> {
  const defined = definedIn(graph);
  const free = new Set<string>();
  const read = (name: string | undefined): void => {
    if (name !== undefined && name !== "" && !defined.has(name)) free.add(name);
  };
  for (const node of graph.node ?? []) {
    node.input?.forEach(read);
    for (const inner of nested(node)) freeNames(inner).forEach(read);
  }
  for (const { name } of graph.output ?? []) read(name);
  return free;
}

/** Every name that a node's subgraphs define, at any depth. */
export function namesInside(node: Node): Set<string> {
  const names = new Set<string>();
  const visit = (graph: GraphProto): void => {
    for (const name of definedIn(graph)) names.add(name);
    for (const inner of (graph.node ?? []).flatMap(nested)) visit(inner);
  };
  for (const attribute of Object.values(node.attributes))
    if (attribute.kind === "opaque") subgraphsOf(attribute.value as AttributeProto).forEach(visit);
  return names;
}

/** The graph with some of its free names changed. */
export function renameFree(graph: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  const defined = definedIn(graph);
  const changes = new Map([...names].filter(([name]) => !defined.has(name)));
  if (changes.size === 0) return graph;
  const renamed = (name: string): string => changes.get(name) ?? name;
  return {
    ...graph,
    ...(graph.node && {
      node: graph.node.map((node) => ({
        ...node,
        ...(node.input && { input: node.input.map(renamed) }),
        ...(node.attribute && {
          attribute: node.attribute.map((attribute) => renameInAttribute(attribute, changes)),
        }),
      })),
    }),
    ...(graph.output && {
      output: graph.output.map((info) =>
        info.name === undefined ? info : { ...info, name: renamed(info.name) },
      ),
    }),
  };
}

/** An attribute with some of its subgraphs' free names changed. */
export function renameInAttribute(
  attribute: AttributeProto,
  names: ReadonlyMap<string, string>,
): AttributeProto {
  const { g, graphs } = attribute;
  if (g === undefined && graphs === undefined) return attribute;
  return {
    ...attribute,
    ...(g && { g: renameFree(g, names) }),
    ...(graphs && { graphs: graphs.map((graph) => renameFree(graph, names)) }),
  };
}
