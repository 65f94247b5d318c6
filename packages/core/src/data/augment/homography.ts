/**
 * A projective map of the plane, row-major 3x3. Ours go backward: from a pixel of the result to the point of
 * the source that it shows, in pixels, with pixel centres at whole numbers plus a half.
 */
export type Homography = readonly [number, number, number, number, number, number, number, number, number];

export const IDENTITY: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** `compose(a, b)`: first b, then a. */
export function compose(a: Homography, b: Homography): Homography {
  const cell = (i: number, j: number) =>
    a[3 * i]! * b[j]! + a[3 * i + 1]! * b[3 + j]! + a[3 * i + 2]! * b[6 + j]!;
  return [0, 1, 2].flatMap((i) => [cell(i, 0), cell(i, 1), cell(i, 2)]) as unknown as Homography;
}

export const translation = (x: number, y: number): Homography => [1, 0, x, 0, 1, y, 0, 0, 1];

export const scaling = (x: number, y: number): Homography => [x, 0, 0, 0, y, 0, 0, 0, 1];

/** By an angle in degrees about a point. */
export function rotation(degrees: number, centreX: number, centreY: number): Homography {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const turn: Homography = [c, -s, 0, s, c, 0, 0, 0, 1];
  return compose(translation(centreX, centreY), compose(turn, translation(-centreX, -centreY)));
}

export function apply(h: Homography, x: number, y: number): readonly [x: number, y: number] {
  const w = h[6] * x + h[7] * y + h[8];
  return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
}

export type Quad = readonly (readonly [x: number, y: number])[];

/**
 * The map that takes four points to four others (direct linear transform: eight equations, h₃₃ = 1).
 * Points must be in general position; callers draw them so.
 */
export function homographyBetween(from: Quad, to: Quad): Homography {
  const rows: number[][] = [];
  for (let i = 0; i < 4; i++) {
    const [x, y] = from[i]!;
    const [u, v] = to[i]!;
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  }
  // Gauss-Jordan with pivoting on the 8x9 system.
  for (let column = 0; column < 8; column++) {
    let pivot = column;
    for (let r = column + 1; r < 8; r++)
      if (Math.abs(rows[r]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = r;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const lead = rows[column]!;
    for (let r = 0; r < 8; r++) {
      if (r === column) continue;
      const factor = rows[r]![column]! / lead[column]!;
      for (let k = column; k < 9; k++) rows[r]![k]! -= factor * lead[k]!;
    }
  }
  return [...rows.map((r, i) => r[8]! / r[i]!), 1] as unknown as Homography;
}
