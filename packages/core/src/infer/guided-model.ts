/** Sums over a window that the colour guided filter takes: p, I, I·p, and the products of I with itself. */
const SUMS = 13;
/** Cells in a window of 3×3. */
const NINTH = 1 / 9;
/** A mean this near to 0 or 1 is of nothing else. */
const PURE = 1e-4;

/**
 * The colour guided filter's local linear model (He, Sun & Tang, PAMI 2013, eq. 14 to 16): in every 3×3 window
 * `a = (Σ + ε·1)⁻¹ · cov(I, p)`, `b = mean(p) − a · mean(I)`, and both averaged over the windows that hold a cell,
 * so that `a·I + b` follows the edges of I. Where p is 0 or 1 all over a window the guide is not read. Solved on a
 * small grid and applied on a large one it is the fast guided filter (He & Sun 2015, arXiv:1505.00996). At the border
 * the nearest cell stands for those beyond.
 *
 * Works in memory of its own, for grids of up to `capacity` cells.
 */
export class GuidedModel {
  /** What is filtered, in [0, 1]. Fill before {@link solve}; kept. */
  readonly p: Float32Array;
  /** Red, green, blue in [0, 1], interleaved. Fill before {@link solve}; kept. */
  readonly guide: Float32Array;
  /** After {@link solve}, for each cell: a for red, green and blue, then b. */
  readonly model: Float32Array;
  readonly #raw: Float32Array;
  readonly #columns: Float32Array;

  constructor(capacity: number) {
    this.p = new Float32Array(capacity);
    this.guide = new Float32Array(capacity * 3);
    this.model = new Float32Array(capacity * 4);
    this.#raw = new Float32Array(capacity * 4);
    this.#columns = new Float32Array(capacity * SUMS);
  }

  /** @param epsilon variance of the guide that counts as noise */
  solve(width: number, height: number, epsilon: number): void {
    const raw = this.#raw;
    const columns = this.#columns;
    for (let y = 0; y < height; y++) {
      const above = y === 0 ? 0 : (y - 1) * width;
      const below = y === height - 1 ? y * width : (y + 1) * width;
      sumColumns(this.p, this.guide, columns, width, above, y * width, below);
      solveRow(columns, raw, y * width, width, epsilon);
    }
    mean3x3(raw, this.model, width, height, columns);
  }
}

/** For every column, the sums over three rows that start at the cells `above`, `here` and `below`. */
function sumColumns(
  p: Float32Array,
  guide: Float32Array,
  columns: Float32Array,
  width: number,
  above: number,
  here: number,
  below: number,
): void {
  for (let x = 0, to = 0; x < width; x++, to += SUMS) {
    const i = (above + x) * 3;
    const j = (here + x) * 3;
    const k = (below + x) * 3;
    const p0 = p[above + x]!;
    const p1 = p[here + x]!;
    const p2 = p[below + x]!;
    const r0 = guide[i]!;
    const r1 = guide[j]!;
    const r2 = guide[k]!;
    const g0 = guide[i + 1]!;
    const g1 = guide[j + 1]!;
    const g2 = guide[k + 1]!;
    const b0 = guide[i + 2]!;
    const b1 = guide[j + 2]!;
    const b2 = guide[k + 2]!;
    columns[to] = p0 + p1 + p2;
    columns[to + 1] = r0 + r1 + r2;
    columns[to + 2] = g0 + g1 + g2;
    columns[to + 3] = b0 + b1 + b2;
    columns[to + 4] = r0 * p0 + r1 * p1 + r2 * p2;
    columns[to + 5] = g0 * p0 + g1 * p1 + g2 * p2;
    columns[to + 6] = b0 * p0 + b1 * p1 + b2 * p2;
    columns[to + 7] = r0 * r0 + r1 * r1 + r2 * r2;
    columns[to + 8] = r0 * g0 + r1 * g1 + r2 * g2;
    columns[to + 9] = r0 * b0 + r1 * b1 + r2 * b2;
    columns[to + 10] = g0 * g0 + g1 * g1 + g2 * g2;
    columns[to + 11] = g0 * b0 + g1 * b1 + g2 * b2;
    columns[to + 12] = b0 * b0 + b1 * b1 + b2 * b2;
  }
}

function solveRow(s: Float32Array, raw: Float32Array, start: number, width: number, epsilon: number): void {
  for (let x = 0; x < width; x++) {
    const i = (x === 0 ? 0 : x - 1) * SUMS;
    const j = x * SUMS;
    const k = (x === width - 1 ? x : x + 1) * SUMS;
    const to = (start + x) * 4;
    const p = (s[i]! + s[j]! + s[k]!) * NINTH;
    if (p <= PURE || p >= 1 - PURE) {
      // p is the same in the whole window: nothing to explain.
      raw[to] = raw[to + 1] = raw[to + 2] = 0;
      raw[to + 3] = p;
      continue;
    }
    const r = (s[i + 1]! + s[j + 1]! + s[k + 1]!) * NINTH;
    const g = (s[i + 2]! + s[j + 2]! + s[k + 2]!) * NINTH;
    const b = (s[i + 3]! + s[j + 3]! + s[k + 3]!) * NINTH;
    const vr = (s[i + 4]! + s[j + 4]! + s[k + 4]!) * NINTH - r * p;
    const vg = (s[i + 5]! + s[j + 5]! + s[k + 5]!) * NINTH - g * p;
    const vb = (s[i + 6]! + s[j + 6]! + s[k + 6]!) * NINTH - b * p;
    // The symmetric matrix Σ + ε·1, inverted by cofactors.
    const xx = (s[i + 7]! + s[j + 7]! + s[k + 7]!) * NINTH - r * r + epsilon;
    const xy = (s[i + 8]! + s[j + 8]! + s[k + 8]!) * NINTH - r * g;
    const xz = (s[i + 9]! + s[j + 9]! + s[k + 9]!) * NINTH - r * b;
    const yy = (s[i + 10]! + s[j + 10]! + s[k + 10]!) * NINTH - g * g + epsilon;
    const yz = (s[i + 11]! + s[j + 11]! + s[k + 11]!) * NINTH - g * b;
    const zz = (s[i + 12]! + s[j + 12]! + s[k + 12]!) * NINTH - b * b + epsilon;
    const cxx = yy * zz - yz * yz;
    const cxy = xz * yz - xy * zz;
    const cxz = xy * yz - xz * yy;
    const cyz = xy * xz - xx * yz;
    const scale = 1 / (xx * cxx + xy * cxy + xz * cxz);
    const ar = (cxx * vr + cxy * vg + cxz * vb) * scale;
    const ag = (cxy * vr + (xx * zz - xz * xz) * vg + cyz * vb) * scale;
    const ab = (cxz * vr + cyz * vg + (xx * yy - xy * xy) * vb) * scale;
    raw[to] = ar;
    raw[to + 1] = ag;
    raw[to + 2] = ab;
    raw[to + 3] = p - ar * r - ag * g - ab * b;
  }
}

/** Means of four interleaved values over 3×3 cells. */
function mean3x3(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  column: Float32Array,
): void {
  const stride = width * 4;
  for (let y = 0; y < height; y++) {
    const here = y * stride;
    const above = y === 0 ? here : here - stride;
    const below = y === height - 1 ? here : here + stride;
    for (let i = 0; i < stride; i++) column[i] = from[above + i]! + from[here + i]! + from[below + i]!;
    for (let i = 0; i < stride; i++) {
      const before = i < 4 ? i : i - 4;
      const after = i >= stride - 4 ? i : i + 4;
      to[here + i] = (column[before]! + column[i]! + column[after]!) * NINTH;
    }
  }
}
