import { mulDim, nonDifferentiable, type OpRule } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { typeOf } from "../shape-rules.js";
import { convolutionMacs, windowOutputs } from "../window.js";

// ONNX Runtime's operators on the blocked layout: a tensor of logical shape [N, C, H, W] lies in memory as
// [N, C/B, H, W, B], with the block B = 8 or 16 floats of the machine's vectors. Lowering alone emits them, after
// differentiation.
const reason = "blocked-layout operators appear after differentiation";

/**
 * Convolution on blocked tensors, optionally `+ sum` and an activation at the end. Weights are blocked too:
 * [O/B, C/B, kh, kw, B (c), B (o)]; for inputs of fewer channels than B, which stay unblocked, [O/B, C, kh, kw, B].
 */
export const nchwcConv: OpRule<"com.microsoft.nchwc.Conv"> = {
  infer: ({ inputs: [x, w], attrs }) => ({
    dtype: x!.dtype,
    shape: [
      x!.shape[0]!,
      w!.shape[0]!,
      ...windowOutputs("nchwc.Conv", x!.shape.slice(2), fixedShape("nchwc.Conv", w!.shape.slice(2)), attrs),
    ],
  }),
  vjp: nonDifferentiable(reason),
  macs: ({ inputs: [, w], outputs: [y] }) => convolutionMacs(y!.shape, w!.shape),
};

export const nchwcMaxPool: OpRule<"com.microsoft.nchwc.MaxPool"> = {
  infer: ({ inputs: [x], attrs }) => ({
    dtype: x!.dtype,
    shape: [
      ...x!.shape.slice(0, 2),
      ...windowOutputs("nchwc.MaxPool", x!.shape.slice(2), attrs.kernel_shape ?? [], attrs),
    ],
  }),
  vjp: nonDifferentiable(reason),
};

/** [N, C, H, W] to blocked; C a multiple of the block, as lowering sees to. */
export const nchwcReorderInput: OpRule<"com.microsoft.nchwc.ReorderInput"> = {
  infer: ({ inputs: [x] }) => typeOf(x!),
  vjp: nonDifferentiable(reason),
};

/** Blocked to [N, C, H, W]. */
export const nchwcReorderOutput: OpRule<"com.microsoft.nchwc.ReorderOutput"> = {
  infer({ inputs: [x], attrs }) {
    const [n, , ...spatial] = x!.shape;
    return { dtype: x!.dtype, shape: [n!, attrs.channels ?? 0, ...spatial] };
  },
  vjp: nonDifferentiable(reason),
};

export const nchwcUpsample: OpRule<"com.microsoft.nchwc.Upsample"> = {
  infer: ({ inputs: [x], attrs }) =>
    attrs.scales === undefined
      ? typeOf(x!)
      : { dtype: x!.dtype, shape: x!.shape.map((dim, i) => mulDim(dim, attrs.scales![i]!)) },
  vjp: nonDifferentiable(reason),
};
