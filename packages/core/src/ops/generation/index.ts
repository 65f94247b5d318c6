import type { RuleTable } from "../../graph/index.js";
import { constantOfShape } from "./constant-of-shape.js";
import { dropout } from "./dropout.js";
import { randomUniformLike } from "./random-uniform-like.js";
import { range } from "./range.js";

/** Operators that make numbers from nothing but shapes, bounds and chance. */
export const generationRules = {
  ConstantOfShape: constantOfShape,
  Dropout: dropout,
  RandomUniformLike: randomUniformLike,
  Range: range,
} satisfies Partial<RuleTable>;
