import type { OpAttributes } from "../../onnx/index.js";
import { MattelierError, unknownName } from "../../util/index.js";

// Resizing is linear and separable: along each axis y = M·x, with a row of few entries for every output element.

/** Entries of one row: which input elements an output element is made of, and with what weights. */
export type Row = ReadonlyMap<number, number>;

/** What an axis' matrix depends on. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  /** The factor that was asked for; `to / from` when sizes were. */
  readonly scale: number;
}

const f = Math.fround;

const COORDINATES: Readonly<Record<string, (i: number, axis: Axis) => number>> = {
  half_pixel: (i, { scale }) => f(f(f(i + 0.5) / f(scale)) - 0.5),
  pytorch_half_pixel: (i, { scale, to }) => (to > 1 ? f(f(f(i + 0.5) / f(scale)) - 0.5) : 0),
  align_corners: (i, { from, to }) => (to > 1 ? f(f(i * (from - 1)) / (to - 1)) : 0),
  asymmetric: (i, { scale }) => f(i / f(scale)),
  half_pixel_symmetric: (i, { from, to, scale }) =>
    (from / 2) * (1 - to / (from * scale)) + (i + 0.5) / scale - 0.5,
};

const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/**
 * Where output element `i` lies among the input's, in float32 as ONNX Runtime computes it.
 * @throws MattelierError `unsupported` for tf_crop_and_resize, `unknown-name`
 */
export function coordinate(i: number, axis: Axis, attrs: OpAttributes<"Resize">): number {
  const mode = attrs.coordinate_transformation_mode ?? "half_pixel";
  if (mode === "tf_crop_and_resize")
    throw new MattelierError({
      code: "unsupported",
      where: "gradient of Resize",
      expected: "a coordinate transformation without a region of interest",
      got: mode,
    });
  const transform = COORDINATES[mode];
  if (transform === undefined)
    throw unknownName("Resize: coordinate_transformation_mode", mode, Object.keys(COORDINATES));
  return transform(i, axis);
}

/** The rows of an axis' matrix. */
export function resizeRows(axis: Axis, attrs: OpAttributes<"Resize">): readonly Row[] {
  const mode = attrs.mode ?? "nearest";
  return Array.from({ length: axis.to }, (_, i) => {
    const x = coordinate(i, axis, attrs);
    if (mode === "nearest") return nearestRow(x, axis, attrs);
    if (mode !== "linear" && mode !== "cubic")
      throw unknownName("Resize: mode", mode, ["nearest", "linear", "cubic"]);
    const a = attrs.cubic_coeff_a ?? -0.75;
    const kernel = mode === "linear" ? triangle : (t: number) => cubic(t, a);
    const radius = mode === "linear" ? 1 : 2;
    const row = attrs.antialias === 1 ? smoothRow : interpolatedRow;
    return row(x, axis, kernel, radius, attrs.exclude_outside === 1);
  });
}

function nearestRow(x: number, { from }: Axis, attrs: OpAttributes<"Resize">): Row {
  const mode = attrs.nearest_mode ?? "round_prefer_floor";
  const round = NEAREST[mode];
  if (round === undefined) throw unknownName("Resize: nearest_mode", mode, Object.keys(NEAREST));
  return new Map([[Math.min(Math.max(round(x), 0), from - 1), 1]]);
}

const triangle = (t: number): number => Math.max(0, 1 - Math.abs(t));

/** Keys' cubic convolution kernel (Keys 1981) with coefficient a. */
function cubic(t: number, a: number): number {
  const d = Math.abs(t);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

/** The kernel at the input elements around x; what lies beyond the border counts as the border's element, or not. */
function interpolatedRow(
  x: number,
  { from }: Axis,
  kernel: (t: number) => number,
  radius: number,
  excludeOutside: boolean,
): Row {
  const base = Math.floor(x);
  const row = new Map<number, number>();
  for (let at = base - radius + 1; at <= base + radius; at++)
    addTap(row, { at, from, weight: kernel(x - at), excludeOutside });
  return excludeOutside ? normalised(row) : row;
}

/** The kernel widened by the reduction, normalised, against aliasing. */
function smoothRow(
  x: number,
  { from, scale }: Axis,
  kernel: (t: number) => number,
  radius: number,
  excludeOutside: boolean,
): Row {
  const stretch = Math.max(1, 1 / scale);
  const low = Math.floor(x - radius * stretch + 1);
  const high = Math.floor(x + radius * stretch + 1);
  const row = new Map<number, number>();
  for (let at = low; at < high; at++)
    addTap(row, { at, from, weight: kernel((at - x) / stretch), excludeOutside });
  return normalised(row);
}

function addTap(
  row: Map<number, number>,
  { at, from, weight, excludeOutside }: { at: number; from: number; weight: number; excludeOutside: boolean },
): void {
  const index = Math.min(Math.max(at, 0), from - 1);
  if (index !== at && excludeOutside) return;
  row.set(index, (row.get(index) ?? 0) + weight);
}

function normalised(row: Row): Row {
  let sum = 0;
  for (const weight of row.values()) sum += weight;
  return new Map([...row].map(([at, weight]) => [at, weight / sum]));
}
