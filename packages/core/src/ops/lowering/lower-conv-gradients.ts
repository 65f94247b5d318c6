import { Builder, type Graph, type Node, type Value } from "../../graph/index.js";
import { internalError, unknownName } from "../../util/index.js";
import { rules } from "../index.js";
import { defaultRecipe } from "./choose.js";
import { inputGradientRecipes } from "./input-gradient/index.js";
import { problemKey, problemOfNode, type ConvProblem } from "./problem.js";
import type { Recipe } from "./recipe.js";
import { CPU, type Target } from "./target.js";
import { weightGradientRecipes } from "./weight-gradient/index.js";

export type GradientKind = "input" | "weight";

/** Names of recipes that were measured to be fastest, by {@link gradientKey}. */
export type RecipeChoices = Readonly<Record<string, string>>;

export interface LowerOptions {
  readonly target?: Target;
  /** What autotuning found; problems that it does not hold take the default. */
  readonly choices?: RecipeChoices;
}

const KINDS: Readonly<Record<string, GradientKind>> = {
  "mattelier.ConvInputGradient": "input",
  "mattelier.ConvWeightGradient": "weight",
};

/** Which gradient a node is of; undefined for every other operator. */
export const gradientKind = (node: Node): GradientKind | undefined => KINDS[node.op];

export const recipesOf = (kind: GradientKind): readonly Recipe[] =>
  kind === "input" ? inputGradientRecipes : weightGradientRecipes;

/** What a choice is kept under. */
export const gradientKey = (kind: GradientKind, problem: ConvProblem): string =>
  `${kind} ${problemKey(problem)}`;

/** The recipes that do for a problem. */
export function applicableRecipes(
  kind: GradientKind,
  problem: ConvProblem,
  target: Target,
): readonly Recipe[] {
  return recipesOf(kind).filter((recipe) => recipe.refuses(problem, target) === undefined);
}

/**
 * Write every convolution gradient (`mattelier.ConvInputGradient`, `mattelier.ConvWeightGradient`) of a graph in
 * operators that the target runs, each by the recipe chosen for its shape.
 */
export function lowerConvGradients(graph: Graph, { target = CPU, choices = {} }: LowerOptions = {}): Graph {
  if (!graph.nodes.some((node) => gradientKind(node) !== undefined)) return graph;
  const b = Builder.from(graph, rules);
  const nodes = graph.nodes.flatMap((node) => {
    const kind = gradientKind(node);
    return kind === undefined ? [node] : lowerNode(b, node, kind, { target, choices });
  });
  const lowered = b.build(graph.outputs);
  const opsets = Object.fromEntries(
    Object.entries(lowered.opsets).filter(([domain]) => domain !== "mattelier"),
  );
  return { ...lowered, nodes, opsets };
}

function lowerNode(
  b: Builder,
  node: Node,
  kind: GradientKind,
  { target, choices }: Required<LowerOptions>,
): readonly Node[] {
  const problem = problemOfNode(node);
  const chosen = choices[gradientKey(kind, problem)];
  const recipe =
    chosen === undefined ? defaultRecipe(kind, problem, target) : recipeNamed(kind, chosen, problem, target);
  return expand(b, node, (operands) => recipe.build({ b, problem, operands, target }));
}

/** @throws MattelierError `unknown-name`, or `internal` when the recipe does not do for the problem. */
export function recipeNamed(kind: GradientKind, name: string, problem: ConvProblem, target: Target): Recipe {
  const recipe = recipesOf(kind).find((candidate) => candidate.name === name);
  if (recipe === undefined)
    throw unknownName(
      `recipe of the ${kind} gradient`,
      name,
      recipesOf(kind).map((candidate) => candidate.name),
    );
  const refusal = recipe.refuses(problem, target);
  if (refusal !== undefined)
    throw internalError(`recipe ${name} for ${problemKey(problem)}`, "a recipe that fits", refusal);
  return recipe;
}

/** The nodes that `build` records in place of one, the last of them making that node's own output. */
function expand(
  b: Builder,
  node: Node,
  build: (operands: readonly [Value, Value]) => Value,
): readonly Node[] {
  const start = b.nodes.length;
  const [left, right] = node.inputs;
  const [output] = node.outputs;
  const result = build([left!, right!]);
  const made = b.nodes.slice(start).map((fresh): Node => ({ ...fresh, path: node.path }));
  const last = made.at(-1);
  if (last === undefined || last.outputs[0] !== result)
    throw internalError(`recipe for ${node.op}`, "its last node to make the result", result.name);
  return [...made.slice(0, -1), { ...last, outputs: [output] }];
}
