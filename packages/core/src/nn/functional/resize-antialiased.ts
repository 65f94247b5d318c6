import type { Tensor } from "../../graph/index.js";
import { resizeRows } from "../../ops/resize/matrix.js";
import { tensorFrom } from "../../util/index.js";
import { pair, type Size2 } from "./size.js";

/**
 * To a height and width, bilinearly, by a kernel that widens as the picture shrinks, as PyTorch's `interpolate` with
 * `antialias`.
 *
 *   Y = R·X·Cᵀ, rows of R and C the kernel's weights at each place, which sum to 1
 *
 * Written as two matrix products: a Resize that smooths is of opset 18, which not every runtime and device has.
 * x: [N,C,h,w], h and w fixed → [N,C,H,W]
 * @throws MattelierError `unsupported` for an open size
 */
export function resizeAntialiased(x: Tensor, size: Size2): Tensor {
  const [height, width] = pair(size);
  const rows = weights(x.size(2), height);
  const columns = transposed(weights(x.size(3), width));
  const constant = ({ shape, data }: Matrix, name: string): Tensor =>
    x.constant(tensorFrom("float32", shape, data), name).cast(x.dtype);
  return constant(rows, "rows").matmul(x).matmul(constant(columns, "columns"));
}

interface Matrix {
  readonly shape: readonly [rows: number, columns: number];
  readonly data: Float32Array;
}

function weights(from: number, to: number): Matrix {
  const data = new Float32Array(to * from);
  const style = { mode: "linear", antialias: 1, exclude_outside: 1 } as const;
  const rows = resizeRows({ from, to, scale: to / from }, style);
  for (const [i, row] of rows.entries()) for (const [j, weight] of row) data[i * from + j] = weight;
  return { shape: [to, from], data };
}

function transposed({ shape: [rows, columns], data }: Matrix): Matrix {
  const flipped = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
  return { shape: [columns, rows], data: flipped };
}
