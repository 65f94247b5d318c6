import type { Recipe } from "../recipe.js";
import { blocked } from "./blocked.js";
import { standard } from "./standard.js";

/** All recipes for a convolution itself. */
export const forwardRecipes: readonly Recipe[] = [blocked, standard];
