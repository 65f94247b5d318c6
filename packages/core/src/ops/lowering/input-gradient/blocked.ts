import { internalError } from "../../../util/index.js";
import { padsOf } from "../../window.js";
import { blockedForm } from "../blocked-fit.js";
import {
  fromBlocked,
  packDepthwiseWeights,
  packFirstFlippedWeights,
  packFlippedWeights,
  toBlocked,
} from "../blocked.js";
import { extents } from "../problem.js";
import type { Recipe } from "../recipe.js";
import { flip } from "./flip.js";

/** {@link flip} by the blocked convolution of x64. */
export const blocked: Recipe = {
  name: "blocked",
  refuses(p, target) {
    const fit = blockedForm(p, target, [p.outChannels, p.inChannels]);
    return "refusal" in fit ? fit.refusal : flip.refuses(p, target);
  },
  build({ b, problem: p, operands: [dy, w], target }) {
    const fit = blockedForm(p, target, [p.outChannels, p.inChannels]);
    if ("refusal" in fit) throw internalError("blocked input gradient", "a problem that fits", fit.refusal);
    const { form, block } = fit;
    const packed =
      form === "whole"
        ? packFlippedWeights(b, w, block)
        : form === "first"
          ? packFirstFlippedWeights(b, w, block)
          : packDepthwiseWeights(b, w, block, true);
    const reach = extents(p);
    const dx = b.op("com.microsoft.nchwc.Conv", [form === "first" ? dy : toBlocked(b, dy), packed], {
      kernel_shape: p.kernel,
      dilations: p.dilations,
      group: p.group,
      pads: padsOf({
        before: reach.map((extent, i) => extent - 1 - p.before[i]!),
        after: reach.map((extent, i) => extent - 1 - p.after[i]!),
      }),
    });
    return fromBlocked(b, dx);
  },
};
