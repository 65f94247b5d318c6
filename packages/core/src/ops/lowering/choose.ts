import { internalError } from "../../util/index.js";
import { forwardRecipes } from "./forward/index.js";
import { inputGradientRecipes } from "./input-gradient/index.js";
import type { ConvProblem } from "./problem.js";
import type { Recipe } from "./recipe.js";
import type { Target } from "./target.js";
import { weightGradientRecipes } from "./weight-gradient/index.js";

/** The recipe that measurements say is best for a shape, without measuring. */
export function defaultRecipe(
  kind: "forward" | "input" | "weight",
  problem: ConvProblem,
  target: Target,
): Recipe {
  const recipes = { forward: forwardRecipes, input: inputGradientRecipes, weight: weightGradientRecipes }[
    kind
  ];
  const recipe = recipes.find((candidate) => candidate.refuses(problem, target) === undefined);
  if (recipe === undefined)
    throw internalError("defaultRecipe", "a recipe that does for every problem", "none");
  return recipe;
}
