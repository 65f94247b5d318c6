import type { OpRule } from "../../graph/index.js";
import { contentsOf } from "../contents.js";
import { unary } from "./infer-elementwise.js";

/** `y = x`, `∂L/∂x = g` */
export const identity: OpRule<"Identity"> = {
  infer: unary,
  inferData: ({ inputs: [x] }) => contentsOf(x!),
  vjp: ({ g }) => [g],
};
