import { samplesLike } from "./bytes.js";
import { picture, type Picture, type Samples } from "./picture.js";

/**
 * Turn a picture upright by its EXIF orientation (CIPA DC-008, tag 0x0112): the value says where the stored
 * first row and first column belong. 1 returns the picture itself.
 *
 *   stored pixel (x, y) of a w×h picture goes to
 *   1 (x, y)   2 (w−1−x, y)   3 (w−1−x, h−1−y)   4 (x, h−1−y)
 *   5 (y, x)   6 (h−1−y, x)   7 (h−1−y, w−1−x)   8 (y, w−1−x)
 */
export function orientPicture<S extends Samples>(source: Picture<S>, orientation: number): Picture<S> {
  if (orientation < 2 || orientation > 8) return source;
  const { widthPx: w, heightPx: h, channels, data } = source;
  const swapped = orientation >= 5;
  const [width, height] = swapped ? [h, w] : [w, h];
  const mirrorX = orientation === 2 || orientation === 3 || orientation === 6 || orientation === 7;
  const mirrorY = orientation === 3 || orientation === 4 || orientation === 7 || orientation === 8;
  // Where in the output a step along the stored row (dx) and column (dy) leads, in samples.
  const right = (mirrorX ? -1 : 1) * channels;
  const down = (mirrorY ? -1 : 1) * channels * width;
  const [dx, dy] = swapped ? [down, right] : [right, down];
  const first = ((mirrorX ? width - 1 : 0) + (mirrorY ? height - 1 : 0) * width) * channels;

  const out = samplesLike(data, data.length);
  for (let y = 0, from = 0; y < h; y++) {
    for (let x = 0, to = first + y * dy; x < w; x++, to += dx) {
      for (let c = 0; c < channels; c++) out[to + c] = data[from++]!;
    }
  }
  return picture(width, height, channels, out);
}
