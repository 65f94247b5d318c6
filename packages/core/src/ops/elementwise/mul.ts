import { mulDim, type Dim, type OpRule } from "../../graph/index.js";
import { sumTo } from "../sum-to.js";
import { broadcasting, computed } from "./infer-elementwise.js";

/**
 * `z = x · y`                      with broadcasting
 * `∂L/∂x = g · y, ∂L/∂y = g · x`   summed over the axes that were broadcast
 */
export const mul: OpRule<"Mul"> = {
  infer: broadcasting("Mul"),
  inferData: computed((x, y) => (isWhole(x) && isWhole(y) ? mulDim(x, y) : product(x, y))),
  vjp: ({ b, g, inputs: [x, y], wanted }) => [
    wanted[0] ? sumTo(b, b.mul(g, y!), x!.shape) : undefined,
    wanted[1] ? sumTo(b, b.mul(g, x!), y!.shape) : undefined,
  ],
};

/** Symbols stand for whole numbers, and so must what multiplies them. */
const isWhole = (dim: Dim): boolean => typeof dim === "string" || Number.isInteger(dim);

const product = (x: Dim, y: Dim): number | undefined =>
  typeof x === "number" && typeof y === "number" ? x * y : undefined;
