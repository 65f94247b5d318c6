import { internalError } from "../../util/index.js";
import { forwardRecipes } from "./forward/index.js";
import { inputGradientRecipes } from "./input-gradient/index.js";
import { isDepthwise, product, type ConvProblem } from "./problem.js";
import type { Recipe } from "./recipe.js";
import type { Target } from "./target.js";
import { weightGradientRecipes } from "./weight-gradient/index.js";

const RECIPES = { forward: forwardRecipes, input: inputGradientRecipes, weight: weightGradientRecipes };

/**
 * The recipe that is usually fastest for a shape, without measuring: the first that does, in the order below.
 * Measured by `npm run bench -- conv-gradients` on an Intel Xeon (Cascade Lake, AVX-512) and an AMD EPYC (Zen 3, AVX2).
 */
export function defaultRecipe(
  kind: "forward" | "input" | "weight",
  problem: ConvProblem,
  target: Target,
): Recipe {
  const order = { forward: forwardOrder, input: inputOrder, weight: weightOrder }[kind](problem);
  for (const name of order) {
    const recipe = RECIPES[kind].find((candidate) => candidate.name === name);
    if (recipe?.refuses(problem, target) === undefined && recipe !== undefined) return recipe;
  }
  throw internalError("defaultRecipe", "a recipe that does for every problem", order.join(", "));
}

/** Places of the output over the batch: below some hundreds, packing weights costs more than it saves. */
const places = (p: ConvProblem): number => p.batch * product(p.output);
const pointwise = (p: ConvProblem): boolean => product(p.kernel) === 1;

/** No element is seen twice: little work for each that is moved. */
const apart = (p: ConvProblem): boolean => p.kernel.every((k, i) => k <= p.strides[i]!);

function forwardOrder(p: ConvProblem): readonly string[] {
  return apart(p) || places(p) < 512 || (p.inChannels < 8 && !isDepthwise(p))
    ? ["standard"]
    : ["blocked", "standard"];
}

function inputOrder(p: ConvProblem): readonly string[] {
  if (pointwise(p)) return ["flip", "pointwise", "transposed"];
  // The operator that needs no turned weights, where these are most of the work.
  if (places(p) < 128 || p.outChannels < 8) return ["flip", "transposed"];
  const heavy = p.outChannels * p.inChannels > 16 * places(p);
  return heavy ? ["blocked", "transposed"] : ["blocked", "flip", "transposed"];
}

function weightOrder(p: ConvProblem): readonly string[] {
  if (isDepthwise(p)) return ["depthwise_blocked", "depthwise_filter", "taps"];
  if (pointwise(p)) return ["pointwise", "taps"];
  if (p.inChannels <= 4) return ["patches", "taps"];
  if (p.outChannels * 4 <= p.inChannels && p.outChannels < 16) return ["shifted_gradient", "patches", "taps"];
  if (p.strides.some((stride) => stride > 1)) return ["space_to_depth", "blocked", "taps"];
  const small = places(p) <= 128 * 4;
  return small ? ["blocked", "swap_3d", "taps"] : ["blocked", "two_sided", "taps"];
}
