import type { Builder, Value } from "../graph/index.js";

// A mask as 0 or 1 in x's own type. Greater + Cast (or Where) makes two slow passes on ONNX Runtime's CPU provider;
// HardSigmoid, max(0, min(1, αx + β)) with the largest α, is one vectorised pass. It has float32 kernels only.
// It is exact but for |x| < 2.9e-39, deep among the subnormal numbers.
const STEEP = 3.4028234663852886e38;

/** 1 where x > 0, else 0. */
export function positiveMask(b: Builder, x: Value): Value {
  if (x.dtype === "float32") return b.op("HardSigmoid", [x], { alpha: STEEP, beta: 0 });
  return b.cast(b.greater(x, 0), x.dtype);
}

/** 1 where x = 0, else 0, for x ≥ 0. */
export function zeroMask(b: Builder, x: Value): Value {
  if (x.dtype === "float32") return b.op("HardSigmoid", [x], { alpha: -STEEP, beta: 1 });
  return b.cast(b.equal(x, 0), x.dtype);
}

/** 1 where x > 0, ½ where x = 0, 0 where x < 0. */
export function stepMask(b: Builder, x: Value): Value {
  if (x.dtype === "float32") return b.op("HardSigmoid", [x], { alpha: STEEP, beta: 0.5 });
  return b.mul(b.add(b.op("Sign", [x]), 1), 0.5);
}
