import type { Recipe } from "../recipe.js";
import { taps } from "./taps.js";

/** All recipes for the gradient of a convolution by its weights. */
export const weightGradientRecipes: readonly Recipe[] = [taps];
