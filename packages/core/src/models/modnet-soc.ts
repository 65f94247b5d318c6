import type { Tensor } from "../graph/index.js";
import { mse } from "../losses/index.js";
import { maxPool, scale } from "../nn/index.js";
import type { AdaptationWeights, Heads } from "./definition.js";
import { blur3 } from "./modnet-blur.js";

/** Above it a pixel counts as subject, for the boundary. */
const SUBJECT = 0.1;
/** Below it a pseudo-label counts as none. */
const NOTHING = 0.01;
/** Width of the boundary, as a share of the mean side. */
const BAND = 0.05;

/**
 * MODNet's self-supervision by sub-objectives consistency (Ke 2022, §3.4, eqs. 5 and 6, as the released
 * `soc_adaptation_iter` computes them): with s, d, α the network's heads, d', α' those of a copy of it and G(α) the
 * blurred matte at 1/16,
 *
 *     L = semantic·[MSE(s, ⌈G(α)⌉) + MSE(G(α), ⌈s⌉)] + detail·[mean_B |d − d'| + mean_B |α − α'|]
 *
 * ⌈x⌉ is x without gradient, nothing below 0.01. The first term draws semantics and matte together, which would blur the
 * matte's boundary B; the second keeps that as the copy has it. B is where a dilation and an erosion of what both heads
 * take for subject differ, each by a square of 5 % of the mean side; means over B a picture, then over pictures.
 *
 * heads, copy: semantic [N,1,H/16,W/16], detail and matte [N,1,H,W] → scalar
 */
export function socLoss(
  { semantic, detail, matte }: Heads,
  copy: Heads,
  { semantic: semanticWeight, detail: detailWeight }: AdaptationWeights,
): Tensor {
  const small = blur3(scale(matte!, 1 / 16));
  const semanticLoss = mse(semantic!, certain(small)).add(mse(small, certain(semantic!)));
  const boundary = boundaryOf(matte!, semantic!);
  // differs from the code: a picture without a boundary gives 0 instead of 0/0.
  const count = boundary.sum([1, 2, 3]).max(1);
  const onBoundary = (own: Tensor, other: Tensor): Tensor =>
    boundary.mul(own.sub(other.stopGradient()).abs()).sum([1, 2, 3]).div(count).mean();
  const detailLoss = onBoundary(detail!, copy["detail"]!).add(onBoundary(matte!, copy["matte"]!));
  return semanticLoss.mul(semanticWeight).add(detailLoss.mul(detailWeight));
}

const above = (x: Tensor, level: number): Tensor => x.greater(level).cast(x.dtype);

function certain(x: Tensor): Tensor {
  const still = x.stopGradient();
  return still.mul(above(still, NOTHING));
}

/** 1 on the boundary of the subject, 0 elsewhere; no gradient. [N,1,H,W] */
function boundaryOf(matte: Tensor, semantic: Tensor): Tensor {
  const subject = above(matte.stopGradient(), SUBJECT).mul(
    scale(above(semantic.stopGradient(), SUBJECT), 16),
  );
  // differs from the code: at least 3, a boundary of pictures under 60 pixels too.
  const side = Math.max(3, Math.floor(((subject.size(-2) + subject.size(-1)) / 2) * BAND));
  // Windows of even sides lie as SciPy's grey_dilation and grey_erosion lay them, one pixel apart.
  const [more, less] = [Math.floor(side / 2), Math.floor((side - 1) / 2)];
  const largest = (x: Tensor, before: number, after: number): Tensor =>
    maxPool(x, { kernel: side, stride: 1, padding: [before, before, after, after] });
  const dilated = largest(subject, less, more);
  const eroded = largest(subject.neg(), more, less).neg();
  return dilated.sub(eroded).greater(0).cast(matte.dtype);
}
