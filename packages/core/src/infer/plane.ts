/** One channel of a picture: row-major, tightly packed, `data.length` is `widthPx · heightPx`. */
export interface Plane<A extends Float32Array | Uint8Array | Uint16Array = Float32Array> {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly data: A;
}

/** A rectangle of whole pixels: columns `x` to `x + width - 1`, rows `y` to `y + height - 1`. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The rectangle grown by a margin on every side and cut to the picture. */
export function grow(
  { x, y, width, height }: Rectangle,
  margin: number,
  within: { readonly widthPx: number; readonly heightPx: number },
): Rectangle {
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  return {
    x: left,
    y: top,
    width: Math.min(within.widthPx, x + width + margin) - left,
    height: Math.min(within.heightPx, y + height + margin) - top,
  };
}

/** The picture cut into tiles of at most `size` × `size`, row by row. */
export function* tilesOf(area: Rectangle, size: number): Generator<Rectangle> {
  const right = area.x + area.width;
  const bottom = area.y + area.height;
  for (let y = area.y; y < bottom; y += size) {
    for (let x = area.x; x < right; x += size) {
      yield { x, y, width: Math.min(size, right - x), height: Math.min(size, bottom - y) };
    }
  }
}
