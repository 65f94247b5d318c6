import type { Graph } from "../../graph/index.js";
import {
  applicableRecipes,
  convKind,
  recipeKey,
  type ConvKind,
  type RecipeChoices,
} from "./lower-conv-gradients.js";
import { measureRecipes, type MeasureOptions } from "./measure-recipes.js";
import { problemOfNode, type ConvProblem } from "./problem.js";
import type { Target } from "./target.js";

export interface AutotuneProgress {
  /** Problems measured so far, and of how many. */
  readonly done: number;
  readonly total: number;
  /** The one measured last, as in {@link RecipeChoices}, and the recipe that was fastest. */
  readonly key: string;
  readonly recipe: string;
}

export interface AutotuneOptions extends MeasureOptions {
  /** What is known already; it is not measured again. */
  readonly known?: RecipeChoices | undefined;
  readonly onProgress?: ((progress: AutotuneProgress) => void) | undefined;
}

/** The convolutions and gradients of a graph that is not lowered yet, each shape once. */
export function convProblems(
  graph: Graph,
  target: Target,
): ReadonlyMap<string, { readonly kind: ConvKind; readonly problem: ConvProblem }> {
  return new Map(
    graph.nodes.flatMap((node) => {
      const kind = convKind(node, target);
      if (kind === undefined) return [];
      const problem = problemOfNode(node);
      return [[recipeKey(kind, problem), { kind, problem }] as const];
    }),
  );
}

/**
 * The fastest recipe of every convolution and gradient in a graph, by measuring each shape once. Shapes that have one
 * recipe only are not measured.
 * @returns what is known, and the new choices
 * @throws MattelierError `aborted`; what was measured until then has been told to `onProgress`
 */
export async function autotune(graph: Graph, options: AutotuneOptions): Promise<RecipeChoices> {
  const { target, known = {}, onProgress } = options;
  const choices: Record<string, string> = { ...known };
  const open = [...convProblems(graph, target)].filter(([key, { kind, problem }]) => {
    const names = applicableRecipes(kind, problem, target).map(({ name }) => name);
    const chosen = choices[key];
    if (chosen !== undefined && names.includes(chosen)) return false;
    Reflect.deleteProperty(choices, key); // A recipe of another version, if any.
    return names.length > 1;
  });
  for (const [i, [key, { kind, problem }]] of open.entries()) {
    const times = await measureRecipes(kind, problem, options);
    const [recipe] = [...times].reduce((best, one) => (one[1] < best[1] ? one : best));
    choices[key] = recipe;
    onProgress?.({ done: i + 1, total: open.length, key, recipe });
  }
  return choices;
}
