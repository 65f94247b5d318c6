import type { Recipe } from "../recipe.js";
import { blocked } from "./blocked.js";
import { flip } from "./flip.js";
import { pointwise } from "./pointwise.js";
import { phases } from "./phases.js";
import { transposed } from "./transposed.js";

/** All recipes for the gradient of a convolution by its input. */
export const inputGradientRecipes: readonly Recipe[] = [blocked, pointwise, flip, transposed, phases];
