import { padsOf } from "../../window.js";
import { blockedForm } from "../blocked-fit.js";
import { fromBlocked, packDepthwiseWeights, packFirstWeights, packWeights, toBlocked } from "../blocked.js";
import { internalError } from "../../../util/index.js";
import type { Recipe } from "../recipe.js";

/** The blocked convolution of x64, between reorderings; weights are packed in the graph, since training changes them. */
export const blocked: Recipe = {
  name: "blocked",
  refuses(p, target) {
    const fit = blockedForm(p, target, [p.inChannels, p.outChannels]);
    return "refusal" in fit ? fit.refusal : undefined;
  },
  build({ b, problem: p, operands: [x, w], bias, target }) {
    const fit = blockedForm(p, target, [p.inChannels, p.outChannels]);
    if ("refusal" in fit) throw internalError("blocked convolution", "a problem that fits", fit.refusal);
    const { form, block } = fit;
    const packed =
      form === "whole"
        ? packWeights(b, w, block)
        : form === "first"
          ? packFirstWeights(b, w, block)
          : packDepthwiseWeights(b, w, block, false);
    const input = form === "first" ? x : toBlocked(b, x);
    const y = b.op("com.microsoft.nchwc.Conv", bias === undefined ? [input, packed] : [input, packed, bias], {
      kernel_shape: p.kernel,
      strides: p.strides,
      dilations: p.dilations,
      group: p.group,
      pads: padsOf(p),
    });
    return fromBlocked(b, y);
  },
};
