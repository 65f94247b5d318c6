import { MattelierError } from "../util/index.js";
import { lossOf, type Loss, type LossName, type LossSpec, type OptionsOf } from "./registry.js";
import type { PredictionKind } from "./terms.js";

type Takes<K extends LossName> = "from" extends keyof OptionsOf<K> ? "either" : PredictionKind;

/** What a loss compares with the target. `either`: it has an option `from`. */
const takes: { readonly [K in LossName]: Takes<K> } = {
  bce: "probabilities",
  "bce-with-logits": "logits",
  dice: "either",
  iou: "either",
  combo: "either",
  focal: "either",
  tversky: "either",
  "lovasz-hinge": "logits",
  ssim: "either",
  l1: "probabilities",
  mse: "probabilities",
  charbonnier: "probabilities",
  laplacian: "probabilities",
  compositional: "probabilities",
};

/**
 * The loss that a spec names, for a network that gives logits or probabilities: the same number for logits x and for
 * probabilities σ(x). `bce` of logits is computed as `bce-with-logits`, which does not overflow.
 * @throws MattelierError `unknown-name`; `invalid-argument` for a loss on logits where there are none, and for a `from`
 *   that says otherwise
 */
export function lossFor(spec: LossSpec, given: PredictionKind): Loss {
  if ("from" in spec && spec.from !== undefined && spec.from !== given)
    throw new MattelierError({
      code: "invalid-argument",
      where: `loss ${spec.kind}`,
      expected: `from: ${given}, which is what the network gives`,
      got: `from: ${spec.from}`,
      fix: "leave from out",
    });
  if (spec.kind === "bce" && given === "logits") return lossOf({ ...spec, kind: "bce-with-logits" });
  const loss = lossOf(spec);
  const taken: PredictionKind | "either" = takes[spec.kind];
  if (taken === given) return loss;
  if (taken === "either") return lossOf({ ...spec, from: given } as LossSpec);
  if (taken === "probabilities")
    return (prediction, target, tensors) => loss(prediction.sigmoid(), target, tensors);
  throw new MattelierError({
    code: "invalid-argument",
    where: `loss ${spec.kind}`,
    expected: "a network that gives logits",
    got: "one that gives probabilities",
    fix: spec.kind === "bce-with-logits" ? "take bce" : "take iou, or a network that gives logits",
  });
}
