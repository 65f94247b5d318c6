import { nonDifferentiable, printShape, type OpRule } from "../../graph/index.js";
import { shapeMismatch } from "../shape-rules.js";

/** `y[n,c,p]` = x[n,c] interpolated at grid[n,p]      x: [N, C, …], grid: [N, …places, rank], y: [N, C, …places] */
export const gridSample: OpRule<"GridSample"> = {
  infer({ inputs: [x, grid] }) {
    if (grid!.rank !== x!.rank)
      throw shapeMismatch(
        "GridSample",
        `a grid of ${x!.rank} axes`,
        printShape(grid!.shape),
        "give the grid as [N,H,W,2] for pictures",
      );
    return { dtype: x!.dtype, shape: [...x!.shape.slice(0, 2), ...grid!.shape.slice(1, -1)] };
  },
  vjp: nonDifferentiable("the gradient of sampling on a grid is not written yet; resize with Resize"),
};
