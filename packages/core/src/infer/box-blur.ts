/**
 * Mean over a (2r+1)² window, by running sums: the cost does not depend on the radius.
 * At the border the window is cut to the picture, and the mean is over what is left of it.
 *
 * @param data `width · height` numbers, row-major; overwritten with the means
 * @param scratch as many numbers again
 */
export function boxBlur(
  data: Float32Array,
  width: number,
  height: number,
  radius: number,
  scratch: Float32Array = new Float32Array(width * height),
): void {
  if (radius < 1) return;
  for (let y = 0; y < height; y++) blurRow(data, scratch, y * width, width, radius);
  blurColumns(scratch, data, width, height, radius);
}

function blurRow(from: Float32Array, to: Float32Array, start: number, width: number, r: number): void {
  let sum = 0;
  let count = Math.min(r, width);
  for (let x = 0; x < count; x++) sum += from[start + x]!;
  for (let x = 0; x < width; x++) {
    if (x + r < width) {
      sum += from[start + x + r]!;
      count++;
    }
    if (x > r) {
      sum -= from[start + x - r - 1]!;
      count--;
    }
    to[start + x] = sum / count;
  }
}

/** Down the columns, a row at a time, so that memory is read in order. */
function blurColumns(from: Float32Array, to: Float32Array, width: number, height: number, r: number): void {
  const sums = new Float32Array(width);
  let count = Math.min(r, height);
  for (let y = 0; y < count; y++) {
    for (let x = 0, at = y * width; x < width; x++, at++) sums[x]! += from[at]!;
  }
  for (let y = 0; y < height; y++) {
    if (y + r < height) {
      for (let x = 0, at = (y + r) * width; x < width; x++, at++) sums[x]! += from[at]!;
      count++;
    }
    if (y > r) {
      for (let x = 0, at = (y - r - 1) * width; x < width; x++, at++) sums[x]! -= from[at]!;
      count--;
    }
    const scale = 1 / count;
    for (let x = 0, at = y * width; x < width; x++, at++) to[at] = sums[x]! * scale;
  }
}
