import { padsOf } from "../../window.js";
import { extents } from "../problem.js";
import type { Recipe } from "../recipe.js";

/** `dx = ConvTranspose(dy, w)`: the definition. Any stride, dilation and group. */
export const transposed: Recipe = {
  name: "transposed",
  refuses: () => undefined,
  build({ b, problem: p, operands: [dy, w] }) {
    const over = extents(p).map((extent, i) => {
      const covered = (p.output[i]! - 1) * p.strides[i]! + extent - p.before[i]! - p.after[i]!;
      return p.input[i]! - covered;
    });
    return b.op("ConvTranspose", [dy, w], {
      kernel_shape: p.kernel,
      strides: p.strides,
      dilations: p.dilations,
      group: p.group,
      pads: padsOf(p),
      output_padding: over,
    });
  },
};
