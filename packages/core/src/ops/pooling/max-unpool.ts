import { addDim, mulDim, type OpRule } from "../../graph/index.js";
import { elementsOf, fixedShape } from "../contents.js";

/**
 * `y = 0; y[places] = x`, places in the flattened y as MaxPool gives them
 * `∂L/∂x` = g gathered at the places
 */
export const maxUnpool: OpRule<"MaxUnpool"> = {
  infer({ inputs: [x, , outputShape], attrs }) {
    if (outputShape !== undefined) return { dtype: x!.dtype, shape: elementsOf("MaxUnpool", outputShape) };
    const spatial = x!.shape.slice(2).map((size, i) => {
      const stride = attrs.strides?.[i] ?? 1;
      const pads = (attrs.pads?.[i] ?? 0) + (attrs.pads?.[i + x!.rank - 2] ?? 0);
      return addDim(mulDim(size, stride), (attrs.kernel_shape?.[i] ?? 1) - stride - pads);
    });
    return { dtype: x!.dtype, shape: [...x!.shape.slice(0, 2), ...spatial] };
  },
  vjp({ b, g, inputs: [x, places] }) {
    const flat = b.op("GatherElements", [b.reshape(g, [-1]), b.reshape(places!, [-1])], { axis: 0 });
    return [b.reshape(flat, fixedShape("MaxUnpool", x!.shape))];
  },
};
