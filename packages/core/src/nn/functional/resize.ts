import type { Dim, Tensor, Value } from "../../graph/index.js";
import { tensorFrom } from "../../util/index.js";
import { pair, type Size2 } from "./size.js";

export interface ResizeOptions {
  /** Default bilinear. */
  readonly mode?: "bilinear" | "nearest" | "bicubic" | undefined;
  /** Whether the corners' centres coincide; otherwise the corners' outer edges do (default). Not for nearest. */
  readonly alignCorners?: boolean | undefined;
}

/** To the height and width of another tensor. x: [N,C,h,w], like: [·,·,H,W] → [N,C,H,W] */
export function upTo(x: Tensor, like: Tensor, options: ResizeOptions = {}): Tensor {
  const [height, width] = like.shape.slice(-2) as [Dim, Dim];
  if (x.shape.at(-2) === height && x.shape.at(-1) === width) return x;
  const sizes = x.sizes([...x.shape.slice(0, -2), height, width], [x, like]);
  return resizeBy(x, { sizes: sizes.value }, options);
}

/** To a height and width. */
export function resize(x: Tensor, size: Size2, options: ResizeOptions = {}): Tensor {
  const [height, width] = pair(size);
  if (x.shape.at(-2) === height && x.shape.at(-1) === width) return x;
  return resizeBy(x, { sizes: x.sizes([...x.shape.slice(0, -2), height, width]).value }, options);
}

/** Multiply height and width, rounding down. */
export function scale(x: Tensor, factor: Size2, options: ResizeOptions = {}): Tensor {
  const factors = tensorFrom("float32", [4], [1, 1, ...pair(factor)]);
  return resizeBy(x, { scales: x.b.constant(factors, "scales") }, options);
}

/** Twice as high and wide. */
export const up2 = (x: Tensor, options: ResizeOptions = {}): Tensor => scale(x, 2, options);

function resizeBy(
  x: Tensor,
  { scales, sizes }: { readonly scales?: Value; readonly sizes?: Value },
  { mode = "bilinear", alignCorners = false }: ResizeOptions,
): Tensor {
  // PyTorch's conventions in ONNX's words.
  const corners = alignCorners ? "align_corners" : "half_pixel";
  const attributes =
    mode === "nearest"
      ? { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }
      : mode === "bilinear"
        ? { mode: "linear", coordinate_transformation_mode: corners }
        : { mode: "cubic", coordinate_transformation_mode: corners, cubic_coeff_a: -0.75 };
  const inputs = [undefined, scales, sizes].map((value) => value && x.of(value));
  return x.op("Resize", sizes === undefined ? inputs.slice(0, 2) : inputs, attributes);
}
