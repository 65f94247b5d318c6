import { internalError } from "../util/index.js";
import { samplesLike, toEightBits, toSixteenBits } from "./bytes.js";
import { hasAlpha, maxSample, picture, type Picture, type Samples } from "./picture.js";

/** Grey to RGB by repeating it; RGB as it is. Alpha stays. */
export function toRgbChannels<S extends Samples>(source: Picture<S>): Picture<S> {
  if (source.channels >= 3) return source;
  const { widthPx, heightPx, channels: from, data } = source;
  const to = from === 1 ? 3 : 4;
  const out = samplesLike(data, widthPx * heightPx * to);
  for (let i = 0, o = 0; i < data.length; i += from, o += to) {
    out[o] = out[o + 1] = out[o + 2] = data[i]!;
    if (from === 2) out[o + 3] = data[i + 1]!;
  }
  return picture(widthPx, heightPx, to, out);
}

/** RGB whose three samples are equal to grey: the red one is kept. Alpha stays. */
export function toGreyChannels<S extends Samples>(source: Picture<S>): Picture<S> {
  if (source.channels <= 2) return source;
  const { widthPx, heightPx, channels: from, data } = source;
  const to = from === 3 ? 1 : 2;
  const out = samplesLike(data, widthPx * heightPx * to);
  for (let i = 0, o = 0; i < data.length; i += from, o += to) {
    out[o] = data[i]!;
    if (to === 2) out[o + 1] = data[i + 3]!;
  }
  return picture(widthPx, heightPx, to, out);
}

/** A picture without alpha and a plane of alpha, woven into one (2 or 4 channels), in the picture's depth. */
export function withAlpha<S extends Samples>(source: Picture<S>, alpha: Samples): Picture<S> {
  const { widthPx, heightPx, channels, data } = source;
  checkAlpha(source, alpha);
  const plane = inDepthOf(data, alpha);
  const out = samplesLike(data, alpha.length * (channels + 1));
  if (channels === 3) {
    for (let p = 0, i = 0, o = 0; p < plane.length; p++) {
      out[o++] = data[i++]!;
      out[o++] = data[i++]!;
      out[o++] = data[i++]!;
      out[o++] = plane[p]!;
    }
  } else {
    for (let p = 0, o = 0; p < plane.length; p++) {
      out[o++] = data[p]!;
      out[o++] = plane[p]!;
    }
  }
  return picture(widthPx, heightPx, channels === 1 ? 2 : 4, out);
}

/**
 * Lay a picture over one colour, `c = α·f + (1 − α)·b` on the samples as they are encoded, as browsers do.
 *
 * @param background one sample for each colour channel, in the picture's own space and depth
 * @param alpha apart from the colours, for a picture without alpha of its own
 * @returns 1 or 3 channels; the picture itself when it has no alpha at all
 */
export function flattenOnto<S extends Samples>(
  source: Picture<S>,
  background: readonly number[],
  alpha?: Samples,
): Picture<S> {
  const { widthPx, heightPx, channels, data } = source;
  if (alpha === undefined && !hasAlpha(source)) return source;
  if (alpha !== undefined) checkAlpha(source, alpha);
  const colours = channels <= 2 ? 1 : 3;
  const max = maxSample(source);
  const plane = alpha === undefined ? data : inDepthOf(data, alpha);
  const [planeStep, planeStart] = alpha === undefined ? [channels, colours] : [1, 0];
  const out = samplesLike(data, widthPx * heightPx * colours);
  for (let i = 0, o = 0, a = planeStart; o < out.length; i += channels, o += colours, a += planeStep) {
    const opacity = plane[a]!;
    for (let c = 0; c < colours; c++) {
      const value = opacity * data[i + c]! + (max - opacity) * background[c]!;
      out[o + c] = Math.round(value / max);
    }
  }
  return picture(widthPx, heightPx, colours, out);
}

/** Alpha in the depth of the colours that it goes with. */
export function inDepthOf<S extends Samples>(data: S, alpha: Samples): S {
  return (data instanceof Uint16Array ? toSixteenBits(alpha) : toEightBits(alpha)) as S;
}

function checkAlpha(source: Picture, alpha: Samples): void {
  const expected = source.widthPx * source.heightPx;
  if (hasAlpha(source))
    throw internalError("alpha plane", "a picture without alpha of its own", "one with it");
  if (alpha.length !== expected)
    throw internalError("alpha plane", `${expected} samples`, String(alpha.length));
}
