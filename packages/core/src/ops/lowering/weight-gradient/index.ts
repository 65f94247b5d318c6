import type { Recipe } from "../recipe.js";
import { blocked } from "./blocked.js";
import { depthwiseBlocked } from "./depthwise-blocked.js";
import { depthwiseFilter } from "./depthwise-filter.js";
import { patches } from "./patches.js";
import { pointwise } from "./pointwise.js";
import { shiftedGradient } from "./shifted-gradient.js";
import { spaceToDepth } from "./space-to-depth.js";
import { swap3d } from "./swap-3d.js";
import { tapsFlat } from "./taps-flat.js";
import { taps } from "./taps.js";
import { twoSided } from "./two-sided.js";

/** All recipes for the gradient of a convolution by its weights. */
export const weightGradientRecipes: readonly Recipe[] = [
  blocked,
  depthwiseBlocked,
  pointwise,
  depthwiseFilter,
  tapsFlat,
  twoSided,
  swap3d,
  spaceToDepth,
  shiftedGradient,
  patches,
  taps,
];
