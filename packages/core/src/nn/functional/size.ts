/** One number for height and width, or [height, width]. */
export type Size2 = number | readonly [number, number];

/** The same on all sides, [vertical, horizontal], or [top, left, bottom, right] as in ONNX. */
export type Padding = Size2 | readonly [number, number, number, number];

export function pair(size: Size2): readonly [number, number] {
  return typeof size === "number" ? [size, size] : size;
}

/** [top, left, bottom, right] */
export function sides(padding: Padding): readonly [number, number, number, number] {
  if (typeof padding === "number") return [padding, padding, padding, padding];
  if (padding.length === 4) return padding;
  const [vertical, horizontal] = padding;
  return [vertical, horizontal, vertical, horizontal];
}
