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

/** 1 where x > bound, else 0. */
export function aboveMask(b: Builder, x: Value, bound: number | Value): Value {
  if (typeof bound === "number" && bound !== 0 && x.dtype === "float32") {
    const scale = scaleFor(bound);
    return b.op("HardSigmoid", [x], { alpha: scale, beta: -bound * scale });
  }
  return positiveMask(b, bound === 0 ? x : b.sub(x, bound));
}

/** 1 where x < bound, else 0. */
export function belowMask(b: Builder, x: Value, bound: number | Value): Value {
  if (typeof bound === "number" && x.dtype === "float32") {
    const scale = bound === 0 ? STEEP : scaleFor(bound);
    return b.op("HardSigmoid", [x], { alpha: -scale, beta: bound * scale });
  }
  return positiveMask(b, b.sub(b.operand(bound, x), x));
}

/**
 * A power of two, so that both products of αx + β are exact and their sum keeps its sign; large enough that the
 * smallest float away from the bound gives more than 1, small enough that the bound gives no infinity.
 */
function scaleFor(bound: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(bound)));
  return 2 ** Math.min(126, 125 - exponent);
}
