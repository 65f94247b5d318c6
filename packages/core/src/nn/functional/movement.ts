import type { Tensor } from "../../graph/index.js";
import { MattelierError } from "../../util/index.js";
import { pair, sides, type Padding, type Size2 } from "./size.js";

/** Join along the channels (axis 1). All other sizes must be equal. */
export function cat(first: Tensor, ...rest: readonly Tensor[]): Tensor {
  return concat([first, ...rest], 1);
}

/** Join along an axis. All other sizes must be equal. */
export function concat(tensors: readonly [Tensor, ...Tensor[]], axis: number): Tensor {
  const [first] = tensors;
  return first.of(
    first.b.concat(
      tensors.map(({ value }) => value),
      axis < 0 ? axis + first.rank : axis,
    ),
  );
}

/** Cut into parts of these sizes along an axis. */
export function split(x: Tensor, sizes: readonly number[], { axis = 1 } = {}): Tensor[] {
  return x.emit("Split", [x.of(x.b.ints(sizes))], { axis }, sizes.length);
}

/** Cut into equal parts along an axis. */
export function chunk(x: Tensor, parts: number, { axis = 1 } = {}): Tensor[] {
  const size = x.size(axis);
  if (size % parts !== 0) {
    throw new MattelierError({
      code: "shape-mismatch",
      where: `${x.b.path === "" ? "" : `${x.b.path}: `}chunk`,
      expected: `axis ${axis} to divide by ${parts}`,
      got: String(size),
    });
  }
  return split(x, Array<number>(parts).fill(size / parts), { axis });
}

/** From an axis on, all axes made one. */
export function flatten(x: Tensor, from = 1): Tensor {
  return x.reshape([...x.shape.slice(0, from), -1]);
}

/** Add a border around height and width. [N,C,H,W] → [N,C,H',W'] */
export function pad(
  x: Tensor,
  padding: Padding,
  { mode = "constant", value = 0 }: { mode?: "constant" | "reflect" | "edge"; value?: number } = {},
): Tensor {
  const [top, left, bottom, right] = sides(padding);
  const still = Array<number>(x.rank - 2).fill(0);
  const pads = x.of(x.b.ints([...still, top, left, ...still, bottom, right]));
  const fill = mode === "constant" ? [x.of(x.b.scalar(value, x.dtype))] : [];
  return x.op("Pad", [pads, ...fill], { mode });
}

/** Shift along axes; what leaves at one end comes in at the other. Positive shifts go towards higher indices. */
export function roll(x: Tensor, shifts: readonly number[], axes: readonly number[]): Tensor {
  return shifts.reduce((y, shift, i) => rollOne(y, shift, axes[i]!), x);
}

function rollOne(x: Tensor, shift: number, axis: number): Tensor {
  const size = x.size(axis);
  const cut = (((-shift % size) + size) % size) | 0;
  if (cut === 0) return x;
  return concat([x.slice(axis, cut, size), x.slice(axis, 0, cut)], axis);
}

/** [N, C·r², H, W] → [N, C, H·r, W·r], as PyTorch orders the channels. */
export const pixelShuffle = (x: Tensor, factor: number): Tensor =>
  x.op("DepthToSpace", [], { blocksize: factor, mode: "CRD" });

/** [N, C, H·r, W·r] → [N, C·r², H, W], the inverse of {@link pixelShuffle}. */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  const [n, c, h, w] = [x.shape[0]!, x.size(1), x.size(2), x.size(3)];
  const [height, width] = [h / factor, w / factor];
  return x
    .reshape([n, c, height, factor, width, factor])
    .transpose([0, 1, 3, 5, 2, 4])
    .reshape([n, c * factor ** 2, height, width]);
}

/** Rows of a table: indices of any shape in front of the table's other axes. */
export function gather(table: Tensor, indices: Tensor, { axis = 0 } = {}): Tensor {
  return table.op("Gather", [indices], { axis });
}

/**
 * Cut a map into windows (Swin, Liu 2021, arXiv:2103.14030).
 * [B,H,W,C] → [B·(H/h)·(W/w), h, w, C]; H and W must divide by the window.
 */
export function windowPartition(x: Tensor, window: Size2): Tensor {
  const [h, w] = pair(window);
  const [height, width, channels] = [x.size(1), x.size(2), x.size(3)];
  return x
    .reshape([x.shape[0]!, height / h, h, width / w, w, channels])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([-1, h, w, channels]);
}

/** Put windows together again. [B·(H/h)·(W/w), h, w, C] → [B,H,W,C] */
export function windowReverse(windows: Tensor, size: readonly [number, number]): Tensor {
  const [h, w, channels] = [windows.size(1), windows.size(2), windows.size(3)];
  const [height, width] = size;
  return windows
    .reshape([-1, height / h, width / w, h, w, channels])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([-1, height, width, channels]);
}
