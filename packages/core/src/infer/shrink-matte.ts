import type { Plane } from "./plane.js";
import { resample, type AxisMap, type MatteGrid } from "./resample.js";

/** A matte and where the pixels of its picture lie on it. */
export interface PlacedMatte {
  readonly matte: Plane;
  readonly grid: MatteGrid;
}

/**
 * Bring the axes along which a matte is finer than its picture to the picture's size: every pixel gets the mean of
 * the matte over what it covers. The other axis stays; a matte that is coarser on both comes back as it is.
 */
export function shrinkMatte({ matte, grid }: PlacedMatte): PlacedMatte {
  const shrinkX = grid.x.scale > 1;
  const shrinkY = grid.y.scale > 1;
  if (!shrinkX && !shrinkY) return { matte, grid };
  const x = shrinkX ? grid.x : oneToOne(matte.widthPx);
  const y = shrinkY ? grid.y : oneToOne(matte.heightPx);
  return {
    matte: resample(matte, x, y, "area"),
    grid: { x: shrinkX ? oneToOne(x.outPx) : grid.x, y: shrinkY ? oneToOne(y.outPx) : grid.y },
  };
}

/** The axis of a matte whose cells are the picture's pixels. */
export function oneToOne(px: number): AxisMap {
  return { outPx: px, scale: 1, offset: 0, first: 0, last: px - 1 };
}

export function isOneToOne({ scale, offset }: AxisMap): boolean {
  return scale === 1 && offset === 0;
}
