import { Builder, type Graph, type Node, type Value } from "../../graph/index.js";
import { internalError, unknownName } from "../../util/index.js";
import { rules } from "../index.js";
import { defaultRecipe } from "./choose.js";
import { forwardRecipes } from "./forward/index.js";
import { standard } from "./forward/standard.js";
import { inputGradientRecipes } from "./input-gradient/index.js";
import { lowerFusedProducts } from "./lower-fused-products.js";
import { problemKey, problemOfNode, type ConvProblem } from "./problem.js";
import type { Recipe } from "./recipe.js";
import { CPU, type Target } from "./target.js";
import { weightGradientRecipes } from "./weight-gradient/index.js";

/** A convolution, or which gradient of one. */
export type ConvKind = "forward" | "input" | "weight";

/** Names of recipes that were measured to be fastest, by {@link recipeKey}. */
export type RecipeChoices = Readonly<Record<string, string>>;

export interface LowerOptions {
  readonly target?: Target;
  /** What autotuning found; problems that it does not hold take the default. */
  readonly choices?: RecipeChoices;
}

const KINDS: Readonly<Record<string, ConvKind>> = {
  Conv: "forward",
  "mattelier.ConvInputGradient": "input",
  "mattelier.ConvWeightGradient": "weight",
};

/**
 * What a node is to this lowering; undefined for every other operator, and for a Conv with symbolic sizes or one
 * that the target can only run as it is.
 */
export function convKind(node: Node, { block }: Target): ConvKind | undefined {
  const kind = KINDS[node.op];
  if (kind !== "forward") return kind;
  const fixed = [...node.inputs, ...node.outputs].every((value) =>
    value?.type?.shape.every((dim) => typeof dim === "number"),
  );
  return block !== undefined && fixed ? kind : undefined;
}

const RECIPES: Readonly<Record<ConvKind, readonly Recipe[]>> = {
  forward: forwardRecipes,
  input: inputGradientRecipes,
  weight: weightGradientRecipes,
};

export const recipesOf = (kind: ConvKind): readonly Recipe[] => RECIPES[kind];

/** What a choice is kept under. */
export const recipeKey = (kind: ConvKind, problem: ConvProblem): string => `${kind} ${problemKey(problem)}`;

/** The recipes that do for a problem. */
export function applicableRecipes(kind: ConvKind, problem: ConvProblem, target: Target): readonly Recipe[] {
  return recipesOf(kind).filter((recipe) => recipe.refuses(problem, target) === undefined);
}

/**
 * Write every convolution gradient (`mattelier.ConvInputGradient`, `mattelier.ConvWeightGradient`) of a graph, and
 * where the target has blocked operators also its convolutions, in operators that the target runs, each by the
 * recipe chosen for its shape. Where it has no fused products, these are written in standard operators too.
 */
export function lowerConvGradients(graph: Graph, { target = CPU, choices = {} }: LowerOptions = {}): Graph {
  const b = Builder.from(graph, rules);
  const nodes = graph.nodes.flatMap((node) => {
    const kind = convKind(node, target);
    return kind === undefined ? [node] : lowerNode(b, node, kind, { target, choices });
  });
  const lowered = b.build(graph.outputs);
  const opsets = Object.fromEntries(
    Object.entries(lowered.opsets).filter(([domain]) => domain !== "mattelier"),
  );
  const result = { ...lowered, nodes, opsets };
  return target.fusedMatMul ? result : lowerFusedProducts(result);
}

function lowerNode(
  b: Builder,
  node: Node,
  kind: ConvKind,
  { target, choices }: Required<LowerOptions>,
): readonly Node[] {
  const problem = problemOfNode(node);
  const chosen = choices[recipeKey(kind, problem)];
  const recipe =
    chosen === undefined ? defaultRecipe(kind, problem, target) : recipeNamed(kind, chosen, problem, target);
  if (recipe === standard) return [node];
  const [left, right, bias] = node.inputs;
  return expand(b, node, () => recipe.build({ b, problem, operands: [left!, right!], bias, target }));
}

/** @throws MattelierError `unknown-name`, or `internal` when the recipe does not do for the problem. */
export function recipeNamed(kind: ConvKind, name: string, problem: ConvProblem, target: Target): Recipe {
  const recipe = recipesOf(kind).find((candidate) => candidate.name === name);
  if (recipe === undefined)
    throw unknownName(
      `recipe of a convolution (${kind})`,
      name,
      recipesOf(kind).map((candidate) => candidate.name),
    );
  const refusal = recipe.refuses(problem, target);
  if (refusal !== undefined)
    throw internalError(`recipe ${name} for ${problemKey(problem)}`, "a recipe that fits", refusal);
  return recipe;
}

/** The nodes that `build` records in place of one, the last of them making that node's own output. */
function expand(b: Builder, node: Node, build: () => Value): readonly Node[] {
  const start = b.nodes.length;
  const result = build();
  const made = b.nodes.slice(start).map((fresh): Node => ({ ...fresh, path: node.path }));
  const last = made.at(-1);
  if (last === undefined || last.outputs[0] !== result)
    throw internalError(`recipe for ${node.op}`, "its last node to make the result", result.name);
  return [...made.slice(0, -1), { ...last, outputs: node.outputs }];
}
