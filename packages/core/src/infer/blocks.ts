import type { Samples } from "../image/picture.js";
import type { Plane } from "./plane.js";

/** Side of a block. */
export const BLOCK_PX = 16;

/** What the alpha of a block is: nothing but 0, nothing but opaque, or anything else. */
export const Block = { Clear: 1, Opaque: 2, Mixed: 3 } as const;

/**
 * A coarse map of alpha. In most pictures few blocks are mixed, and only they need work: whoever goes over a
 * picture asks this map first.
 */
export interface BlockMap {
  readonly width: number;
  readonly height: number;
  /** One of {@link Block} each, row by row. */
  readonly states: Uint8Array;
}

export function mapBlocks({ data, widthPx, heightPx }: Plane<Samples>): BlockMap {
  const width = Math.ceil(widthPx / BLOCK_PX);
  const height = Math.ceil(heightPx / BLOCK_PX);
  const states = new Uint8Array(width * height);
  // Four samples (two of 16 bits) at a look, where rows begin on such a boundary.
  const perWord = 4 / data.BYTES_PER_ELEMENT;
  const aligned = data.byteOffset % 4 === 0 && widthPx % perWord === 0;
  const samples = aligned ? new Int32Array(data.buffer, data.byteOffset, data.length / perWord) : data;
  const opaque = aligned ? -1 : data instanceof Uint16Array ? 65535 : 255;
  const rowLength = aligned ? widthPx / perWord : widthPx;
  const blockLength = aligned ? BLOCK_PX / perWord : BLOCK_PX;
  for (let y = 0; y < heightPx; y++) {
    const row = Math.floor(y / BLOCK_PX) * width;
    markRow(samples, y * rowLength, rowLength, blockLength, opaque, states, row);
  }
  return { width, height, states };
}

function markRow(
  samples: Samples | Int32Array,
  start: number,
  length: number,
  blockLength: number,
  opaque: number,
  states: Uint8Array,
  row: number,
): void {
  let block = row;
  for (let left = 0; left < length; left += blockLength, block++) {
    let seen = states[block]!;
    if (seen === Block.Mixed) continue;
    const end = start + Math.min(length, left + blockLength);
    for (let at = start + left; at < end; at++) {
      const value = samples[at]!;
      seen |= value === 0 ? Block.Clear : value === opaque ? Block.Opaque : Block.Mixed;
    }
    states[block] = seen;
  }
}

/** For each block, 1 when it or one that touches it is mixed, else 0. */
export function nearMixed({ width, height, states }: BlockMap): Uint8Array {
  const near = new Uint8Array(states.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (states[y * width + x] !== Block.Mixed) continue;
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        const start = row * width;
        near.fill(1, start + Math.max(0, x - 1), start + Math.min(width, x + 2));
      }
    }
  }
  return near;
}
