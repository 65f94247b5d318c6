import type { Builder, Value } from "../../graph/index.js";
import type { ConvProblem } from "./problem.js";
import type { Target } from "./target.js";

/** One way to write a convolution's gradient in operators that run. All ways give the same numbers. */
export interface Recipe {
  readonly name: string;
  /** Why it does not do for this problem or target; undefined when it does. */
  readonly refuses: (problem: ConvProblem, target: Target) => string | undefined;
  /**
   * Emit it. Of an input gradient the operands are dy [N,O,…] and w, the result dx [N,C,…]; of a weight gradient
   * x and dy, the result dw [O,C/group,…].
   */
  readonly build: (context: RecipeContext) => Value;
}

export interface RecipeContext {
  readonly b: Builder;
  readonly problem: ConvProblem;
  readonly operands: readonly [Value, Value];
  readonly target: Target;
}
