import { blurPicture, hasAlpha, maxSample, picture, type Picture, type Samples } from "../image/index.js";
import type { ComposeOptions } from "./options.js";
import type { Plane, Rectangle } from "./plane.js";

/**
 * What options ask of a matte, in this order: threshold, feathering, inversion, and the picture's own alpha on top.
 * Works in place where it can.
 */
export async function editAlpha(
  alpha: Plane<Samples>,
  source: Picture,
  { threshold, featherPx, invert }: Pick<ComposeOptions, "threshold" | "featherPx" | "invert">,
): Promise<Plane<Samples>> {
  const opaque = maxSample(alpha);
  let { data } = alpha;
  if (threshold !== undefined) {
    const limit = threshold * opaque;
    for (let i = 0; i < data.length; i++) data[i] = data[i]! >= limit ? opaque : 0;
  }
  if (featherPx !== undefined && featherPx > 0) {
    // Two thirds of a Gaussian's weight lie within one sigma; its edge is about four sigmas wide.
    const blurred = await blurPicture(picture(alpha.widthPx, alpha.heightPx, 1, data), featherPx / 2);
    data = blurred.data;
  }
  if (invert === true) for (let i = 0; i < data.length; i++) data[i] = opaque - data[i]!;
  if (hasAlpha(source)) {
    const step = source.channels;
    for (let i = 0, at = step - 1; i < data.length; i++, at += step)
      data[i] = Math.round((data[i]! * source.data[at]!) / opaque);
  }
  return { ...alpha, data };
}

/** The smallest rectangle that holds every pixel of at least a hundredth of full alpha; undefined when there is none. */
export function subjectBox({ data, widthPx, heightPx }: Plane<Samples>): Rectangle | undefined {
  const least = maxSample({ data }) / 100;
  let [left, right, top, bottom] = [widthPx, -1, heightPx, -1];
  for (let y = 0; y < heightPx; y++) {
    const row = y * widthPx;
    let first = 0;
    while (first < widthPx && data[row + first]! < least) first++;
    if (first === widthPx) continue;
    let last = widthPx - 1;
    while (data[row + last]! < least) last--;
    if (first < left) left = first;
    if (last > right) right = last;
    if (top > y) top = y;
    bottom = y;
  }
  if (bottom < 0) return undefined;
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** A part of a plane, copied; the plane itself when the part is all of it. */
export function cropPlane(plane: Plane<Samples>, box: Rectangle): Plane<Samples> {
  const { widthPx, heightPx, data } = plane;
  if (box.width === widthPx && box.height === heightPx) return plane;
  const out =
    data instanceof Uint16Array
      ? new Uint16Array(box.width * box.height)
      : new Uint8Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = (box.y + y) * widthPx + box.x;
    out.set(data.subarray(from, from + box.width), y * box.width);
  }
  return { widthPx: box.width, heightPx: box.height, data: out };
}

/** A part of a picture, copied; the picture itself when the part is all of it. */
export function cropPicture(source: Picture, box: Rectangle): Picture {
  const { widthPx, heightPx, channels, data } = source;
  if (box.width === widthPx && box.height === heightPx) return source;
  const size = box.width * box.height * channels;
  const out = data instanceof Uint16Array ? new Uint16Array(size) : new Uint8Array(size);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.y + y) * widthPx + box.x) * channels;
    out.set(data.subarray(from, from + box.width * channels), y * box.width * channels);
  }
  return picture(box.width, box.height, channels, out);
}
