import type { Builder, Value } from "../../graph/index.js";
import { tensorFrom } from "../../util/index.js";
import type { Row } from "./matrix.js";

/** One axis that was resized: y = M·x, M as rows. */
export interface ResizedAxis {
  readonly axis: number;
  readonly from: number;
  readonly rows: readonly Row[];
}

/**
 * `dx = M₁ᵀ·…·Mₖᵀ·g`, every Mᵢ along its own axis. In order of preference: sums of blocks (nearest by a whole
 * factor), one depthwise convolution of stride 2 (bilinear ×2), products with the matrices.
 */
export function resizeGradient(b: Builder, g: Value, axes: readonly ResizedAxis[]): Value {
  const spatial = axes.every(({ axis }) => axis >= 2) && g.rank === 4 && g.dtype === "float32";
  const blocks = axes.map(wholeFactor);
  if (spatial && blocks.every((factor) => factor !== undefined)) {
    const kernel = [2, 3].map((axis) => blocks[axes.findIndex((a) => a.axis === axis)] ?? 1);
    const mean = b.op("AveragePool", [g], { kernel_shape: kernel, strides: kernel });
    return b.mul(mean, kernel[0]! * kernel[1]!);
  }
  if (spatial && axes.length === 2 && axes.every(isBilinearDouble)) return bilinearDoubleGradient(b, g);
  return axes.reduce((dx, axis) => matrixGradient(b, dx, axis), g);
}

/** The factor s when every input element was simply repeated s times. */
function wholeFactor({ from, rows }: ResizedAxis): number | undefined {
  const factor = rows.length / from;
  if (!Number.isInteger(factor)) return undefined;
  const repeats = rows.every((row, i) => row.size === 1 && row.get(Math.floor(i / factor)) === 1);
  return repeats ? factor : undefined;
}

/** y[2i] = ¼x[i−1] + ¾x[i], y[2i+1] = ¾x[i] + ¼x[i+1], the border repeated. */
function isBilinearDouble({ from, rows }: ResizedAxis): boolean {
  if (from < 2 || rows.length !== 2 * from) return false;
  return rows.every((row, i) => {
    const near = Math.floor(i / 2);
    const far = i % 2 === 0 ? near - 1 : near + 1;
    if (far < 0 || far >= from)
      return [...row].every(([at, weight]) => weight === 0 || (at === near && weight === 1));
    return row.get(near) === 0.75 && row.get(far) === 0.25;
  });
}

/** dx[i] = ¼g[2i−1] + ¾g[2i] + ¾g[2i+1] + ¼g[2i+2] on both axes, g's border repeated. */
function bilinearDoubleGradient(b: Builder, g: Value): Value {
  const [n, c, h, w] = g.shape as [number, number, number, number];
  const line = [0.25, 0.75, 0.75, 0.25];
  const filter = b.constant(
    tensorFrom(
      "float32",
      [1, 1, 4, 4],
      line.flatMap((up) => line.map((across) => up * across)),
    ),
    "bilinear",
  );
  const bordered = b.op("Pad", [b.reshape(g, [n * c, 1, h, w]), b.ints([0, 0, 1, 1, 0, 0, 1, 1])], {
    mode: "edge",
  });
  return b.reshape(b.op("Conv", [bordered, filter], { kernel_shape: [4, 4], strides: [2, 2] }), [
    n,
    c,
    h / 2,
    w / 2,
  ]);
}

/** Mᵀ·g along one axis, as a product with a constant matrix. */
function matrixGradient(b: Builder, g: Value, { axis, from, rows }: ResizedAxis): Value {
  const last = axis === g.rank - 1;
  const dense = new Float64Array(rows.length * from);
  rows.forEach((row, i) => {
    for (const [at, weight] of row) dense[last ? i * from + at : at * rows.length + i]! += weight;
  });
  const shape = last ? [rows.length, from] : [from, rows.length];
  const matrix = b.constant(tensorFrom(g.dtype as "float32", shape, dense), "resize_matrix");
  if (last) return b.matmul(g, matrix);
  if (axis === g.rank - 2) return b.matmul(matrix, g);
  const sizes = g.shape as readonly number[];
  const after = sizes.slice(axis + 1).reduce((count, dim) => count * dim, 1);
  const flat = b.reshape(g, [...sizes.slice(0, axis + 1), after]);
  return b.reshape(b.matmul(matrix, flat), sizes.with(axis, from));
}
