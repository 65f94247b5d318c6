import type { Tensor } from "../../graph/index.js";
import { lossFor } from "../../losses/index.js";
import type { Heads, LossInputs, ModelDefinition } from "../../models/index.js";
import { resize } from "../../nn/index.js";
import type { RunConfig } from "./config/config.js";

/** A training loss on a network's heads. */
export type HeadsLoss = (heads: Heads, inputs: LossInputs) => Tensor;

/**
 * The loss of a configuration: the paper's own, or one by name on every head that the definition says is supervised,
 * summed; the target is brought to a head's size.
 * @throws MattelierError as `lossFor`
 */
export function headsLoss(definition: ModelDefinition, loss: RunConfig["loss"]): HeadsLoss {
  if (loss === "paper") return definition.loss;
  const spec = typeof loss === "string" ? { kind: loss } : loss;
  const given = definition.heads.kind === "logits" ? "logits" : "probabilities";
  const compute = lossFor(spec, given);
  const supervised = definition.heads.supervised ?? [definition.heads.final];
  return (heads, { target, image }) =>
    supervised
      .map((name) => {
        const head = heads[name]!;
        const fitted = resize(target, [head.size(-2), head.size(-1)]);
        return compute(head, fitted, { foreground: image });
      })
      .reduce((sum, term) => sum.add(term));
}

/** Whether a configuration's loss reads a trimap. */
export const readsTrimap = (definition: ModelDefinition, { loss }: Pick<RunConfig, "loss">): boolean =>
  loss === "paper" && definition.needsTrimap === true;

/** The final head as a matte in [0, 1]. */
export function matteOf({ heads: { final, kind } }: ModelDefinition, heads: Heads): Tensor {
  return kind === "logits" ? heads[final]!.sigmoid() : heads[final]!;
}
