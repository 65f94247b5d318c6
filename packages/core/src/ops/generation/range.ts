import {
  addDim,
  floorDivDim,
  mulDim,
  nonDifferentiable,
  type Dim,
  type InferContext,
  type OpRule,
} from "../../graph/index.js";
import { contentsOf } from "../contents.js";
import { commonDtype } from "../shape-rules.js";

const MAX_KNOWN = 64;

/** `y = start, start + δ, start + 2δ, …` below (above, if δ < 0) a limit */
export const range: OpRule<"Range"> = {
  infer: ({ inputs }) => ({
    dtype: commonDtype(
      "Range",
      inputs.map((input) => input!),
    ),
    shape: [lengthOf(inputs)],
  }),
  inferData({ inputs }) {
    const [start, , step] = inputs.map((input) => contentsOf(input!)?.[0]);
    const length = lengthOf(inputs);
    if (typeof start !== "number" || typeof step !== "number" || typeof length !== "number") return undefined;
    return length > MAX_KNOWN ? undefined : Array.from({ length }, (_, i) => start + i * step);
  },
  vjp: nonDifferentiable("how many elements there are depends on the operands"),
};

/** `⌈(limit − start) / δ⌉`; a symbol named after the limit when the operands are known only at run time. */
function lengthOf(inputs: InferContext<"Range">["inputs"]): Dim {
  const [start, limit, step] = inputs.map((input) => contentsOf(input!)?.[0]);
  if (start === undefined || limit === undefined || typeof step !== "number" || step === 0)
    return `range_to_${inputs[1]!.name.replace(/\W+/g, "_")}`;
  if (typeof start === "number" && typeof limit === "number")
    return Math.max(0, Math.ceil((limit - start) / step));
  const span = addDim(limit, typeof start === "number" ? -start : mulDim(start, -1));
  return step > 0 ? floorDivDim(addDim(span, step - 1), step) : floorDivDim(addDim(span, step + 1), step);
}
