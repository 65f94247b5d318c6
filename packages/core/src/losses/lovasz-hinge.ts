import type { Tensor } from "../graph/index.js";
import { checkShapes } from "./terms.js";

/**
 * Lovász hinge (Berman 2018, arXiv:1705.08790): the convex extension of the IoU of the mask x > 0.
 *   e = 1 - x·(2t - 1), sorted down within each picture;  L = Σ max(e_i, 0)·(J_i - J_{i-1})
 *   J_i = 1 - (T - Σ_{j≤i} t_j) / (T + Σ_{j≤i} (1 - t_j)),  T = Σ t,  J_0 = 0
 * prediction: logits x [N,...]; target: the same shape, 0 or 1 (between, the formula is used as it stands: a pixel
 * of ½ costs the same whatever is predicted). Mean over N. Scalar.
 */
export function lovaszHinge(prediction: Tensor, target: Tensor): Tensor {
  checkShapes("lovasz-hinge", prediction, target);
  const [n, ...rest] = prediction.shape.map((_, axis) => prediction.size(axis)) as [number, ...number[]];
  const pixels = rest.reduce((product, dim) => product * dim, 1);
  const t = target.reshape([n, pixels]);
  const errors = prediction.reshape([n, pixels]).mul(t.mul(2).sub(1)).subFrom(1);

  const count = errors.of(errors.b.ints([pixels]));
  const order = errors.stopGradient().emit("TopK", [count], { axis: 1, largest: 1, sorted: 1 }, 2)[1]!;
  const sorted = errors.op("GatherElements", [order], { axis: 1 });
  const truth = t.op("GatherElements", [order], { axis: 1 });

  const axis = errors.of(errors.b.scalar(1, "int64"));
  const total = t.sum([1], { keep: true });
  const left = total.sub(truth.op("CumSum", [axis]));
  const wrong = total.add(truth.subFrom(1).op("CumSum", [axis]));
  const jaccard = left.div(wrong).subFrom(1); // J_1 … J_P
  const before = jaccard.op("Pad", [errors.of(errors.b.ints([0, 1, 0, -1]))], { mode: "constant" });
  const steps = jaccard.sub(before).stopGradient();
  return sorted.relu().mul(steps).sum([1]).mean();
}
