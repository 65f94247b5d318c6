import type { Tensor } from "../graph/index.js";
import { tensorFrom } from "../util/index.js";
import { checkShapes, probabilitiesOf, type FromOption } from "./terms.js";

export interface SsimOptions extends FromOption {
  /** Side of the Gaussian window, odd. Default 11. */
  readonly window?: number | undefined;
  /** Its standard deviation. Default 1.5. */
  readonly sigma?: number | undefined;
}

const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/**
 * Structural dissimilarity (Wang 2004; as a loss in BASNet, Qin 2019):
 *   L = 1 - mean (2·μ_p·μ_t + C1)(2·σ_pt + C2) / ((μ_p² + μ_t² + C1)(σ_p² + σ_t² + C2))
 * μ, σ under a Gaussian window with zeros around the picture; C1 = 0.01², C2 = 0.03².
 * prediction, target: [N,C,H,W], target in [0,1]. Mean over all pixels. Scalar in [0,2].
 */
export function ssim(prediction: Tensor, target: Tensor, options: SsimOptions = {}): Tensor {
  checkShapes("ssim", prediction, target);
  const { from, window = 11, sigma = 1.5 } = options;
  const p = probabilitiesOf(prediction, from);
  const maps = [p, target, p.square(), target.square(), p.mul(target)];
  const [meanP, meanT, meanPP, meanTT, meanPT] = blurred(maps, window, sigma) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const [squareP, squareT, product] = [meanP.square(), meanT.square(), meanP.mul(meanT)];
  const above = product.mul(2).add(C1).mul(meanPT.sub(product).mul(2).add(C2));
  const variances = meanPP.add(meanTT).sub(squareP).sub(squareT);
  const below = squareP.add(squareT).add(C1).mul(variances.add(C2));
  return above.div(below).mean().subFrom(1);
}

/** Each map under the window, all in one convolution a direction. */
function blurred(maps: readonly Tensor[], window: number, sigma: number): Tensor[] {
  const first = maps[0]!;
  const [height, width] = [first.size(-2), first.size(-1)];
  const rows = maps.map((map) => map.reshape([-1, 1, height, width]));
  const count = rows[0]!.size(0);
  const stacked = first.of(
    first.b.concat(
      rows.map(({ value }) => value),
      0,
    ),
  );
  const half = (window - 1) / 2;
  const bell = Array.from({ length: window }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)));
  const total = bell.reduce((sum, x) => sum + x, 0);
  const kernel = (shape: readonly number[]): Tensor =>
    first
      .constant(
        tensorFrom(
          "float64",
          shape,
          bell.map((x) => x / total),
        ),
        "gaussian",
      )
      .cast(first.dtype);
  const soft = stacked
    .op("Conv", [kernel([1, 1, window, 1])], { kernel_shape: [window, 1], pads: [half, 0, half, 0] })
    .op("Conv", [kernel([1, 1, 1, window])], { kernel_shape: [1, window], pads: [0, half, 0, half] });
  return maps.map((_, i) => soft.slice(0, i * count, (i + 1) * count));
}
