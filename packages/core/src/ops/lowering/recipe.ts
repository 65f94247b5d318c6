import type { Builder, Value } from "../../graph/index.js";
import type { ConvProblem } from "./problem.js";
import type { Target } from "./target.js";

/** One way to write a convolution or one of its gradients in operators that run. All ways give the same numbers. */
export interface Recipe {
  readonly name: string;
  /** Why it does not do for this problem or target; undefined when it does. */
  readonly refuses: (problem: ConvProblem, target: Target) => string | undefined;
  /**
   * Emit it. Of an input gradient the operands are dy [N,O,…] and w, the result dx [N,C,…]; of a weight gradient
   * x and dy, the result dw [O,C/group,…]; of the convolution itself x and w, the result y [N,O,…].
   */
  readonly build: (context: RecipeContext) => Value;
}

export interface RecipeContext {
  readonly b: Builder;
  readonly problem: ConvProblem;
  readonly operands: readonly [Value, Value];
  /** Of a convolution itself, if it has one. */
  readonly bias?: Value | undefined;
  readonly target: Target;
}
