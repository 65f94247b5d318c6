import { padsOf } from "../../window.js";
import type { Recipe } from "../recipe.js";

/** The operator Conv as it is. */
export const standard: Recipe = {
  name: "standard",
  refuses: () => undefined,
  build: ({ b, problem: p, operands: [x, w], bias }) =>
    b.op("Conv", bias === undefined ? [x, w] : [x, w, bias], {
      kernel_shape: p.kernel,
      strides: p.strides,
      dilations: p.dilations,
      group: p.group,
      pads: padsOf(p),
    }),
};
