export * from "./autotune.js";
export { defaultRecipe } from "./choose.js";
export * from "./lower-conv-gradients.js";
export { lowerFusedProducts } from "./lower-fused-products.js";
export { measureRecipes, type MeasureOptions, type TimedGraph } from "./measure-recipes.js";
export { problemKey, problemOf, problemOfNode, type ConvProblem } from "./problem.js";
export { probeBlock, type RunGraph } from "./probe.js";
export type { Recipe, RecipeContext } from "./recipe.js";
export { CPU, PORTABLE, type Target } from "./target.js";
