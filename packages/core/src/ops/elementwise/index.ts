import type { RuleTable } from "../../graph/index.js";
import { relu } from "./relu.js";

/** Operators that act element by element, with broadcasting. */
export const elementwiseRules = {
  Relu: relu,
} satisfies Partial<RuleTable>;
