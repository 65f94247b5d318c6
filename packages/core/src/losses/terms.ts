import { printShape, sameShape, type Tensor } from "../graph/index.js";
import { MattelierError } from "../util/index.js";

/** What a network's output is: numbers before the sigmoid, or probabilities (mattes) in [0, 1]. */
export type PredictionKind = "logits" | "probabilities";

export interface FromOption {
  /** Default logits. */
  readonly from?: PredictionKind | undefined;
}

/** Options of losses that are a mean over pixels. */
export interface PixelOptions {
  /** Weight of each pixel; broadcasts to the prediction. */
  readonly weight?: Tensor | undefined;
  /** Mean over all elements (default; weights do not enter the count, as in PyTorch) or their sum. */
  readonly reduction?: "mean" | "sum" | undefined;
}

/** A loss per pixel as one number. */
export function overPixels(loss: Tensor, { weight, reduction = "mean" }: PixelOptions): Tensor {
  const weighted = weight === undefined ? loss : loss.mul(weight);
  return reduction === "mean" ? weighted.mean() : weighted.sum();
}

export function probabilitiesOf(prediction: Tensor, from: PredictionKind = "logits"): Tensor {
  return from === "logits" ? prediction.sigmoid() : prediction;
}

/** Σ over all axes but the batch. [N,...] → [N] */
export function sumPerPicture(x: Tensor): Tensor {
  return x.sum([...x.shape.keys()].slice(1));
}

/** @throws MattelierError `shape-mismatch` unless prediction and target have one shape */
export function checkShapes(loss: string, prediction: Tensor, target: Tensor): void {
  if (sameShape(prediction.shape, target.shape)) return;
  throw new MattelierError({
    code: "shape-mismatch",
    where: `${loss} loss`,
    expected: `a target shaped like the prediction ${printShape(prediction.shape)}`,
    got: printShape(target.shape),
    fix: "resize the head to the target, or the target to the head (upTo)",
  });
}
