import type { Preprocessing, ResizeRule } from "../hub/preprocessing.js";
import {
  hasAlpha,
  maxSample,
  picture,
  toNetworkRgb,
  toSrgb,
  type ColourProfile,
  type Picture,
  type Samples,
} from "../image/index.js";
import { narrowToFloat16, type TensorData } from "../util/index.js";
import { axisTaps, type AxisMap, type AxisTaps, type KernelName, type MatteGrid } from "./resample.js";

/** Where a picture lies in a network's input. */
export interface Placement {
  /** The input's size. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** The part of the input that shows the picture: all of it unless letterboxed. */
  readonly content: {
    readonly x: number;
    readonly y: number;
    readonly widthPx: number;
    readonly heightPx: number;
  };
}

interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The input size for a picture, and the picture's place in it. */
export function placeIn({ input, resize }: Preprocessing, source: Size): Placement {
  const base = input.kind === "fixed" ? input : input.defaultSize;
  if (resize.rule === "short-side") {
    const factor = Math.min(base.widthPx, base.heightPx) / Math.min(source.widthPx, source.heightPx);
    const step = input.kind === "dynamic" ? input.multipleOf : 1;
    const toStep = (px: number): number => Math.max(step, Math.round((px * factor) / step) * step);
    return whole({ widthPx: toStep(source.widthPx), heightPx: toStep(source.heightPx) });
  }
  if (resize.rule === "stretch") return whole(base);
  const factor = Math.min(base.widthPx / source.widthPx, base.heightPx / source.heightPx);
  const widthPx = Math.max(1, Math.round(source.widthPx * factor));
  const heightPx = Math.max(1, Math.round(source.heightPx * factor));
  const middle = resize.place === "centre" ? 0.5 : 0;
  const x = Math.floor((base.widthPx - widthPx) * middle);
  const y = Math.floor((base.heightPx - heightPx) * middle);
  return { widthPx: base.widthPx, heightPx: base.heightPx, content: { x, y, widthPx, heightPx } };
}

const whole = ({ widthPx, heightPx }: Size): Placement => ({
  widthPx,
  heightPx,
  content: { x: 0, y: 0, widthPx, heightPx },
});

/**
 * A picture as a network's input.
 *
 * @returns [1, 3, H, W] of the placement's size, as the preprocessing says:
 *   `x[c] = (byte[c] / scale − mean[c]) / std[c]`
 */
export async function toInputTensor(
  source: Picture,
  colour: ColourProfile,
  preprocessing: Preprocessing,
  placement: Placement,
  dtype: "float32" | "float16",
): Promise<TensorData> {
  const rgb = await scaled(source, colour, preprocessing.resize, placement.content);
  const { scale, mean, std, channelOrder, resize } = preprocessing;
  const { widthPx, heightPx, content } = placement;
  const pixels = widthPx * heightPx;
  const data = new Float32Array(3 * pixels);
  for (let plane = 0; plane < 3; plane++) {
    const c = channelOrder === "rgb" ? plane : 2 - plane;
    const table = Float32Array.from({ length: 256 }, (_, v) => (v / scale - mean[plane]!) / std[plane]!);
    const out = data.subarray(plane * pixels, (plane + 1) * pixels);
    if (resize.rule === "letterbox") out.fill(table[resize.fillRgbU8[c]!]!);
    for (let y = 0, from = c; y < content.heightPx; y++) {
      const row = (content.y + y) * widthPx + content.x;
      for (let x = 0; x < content.widthPx; x++, from += 3) out[row + x] = table[rgb[from]!]!;
    }
  }
  const shape = [1, 3, heightPx, widthPx];
  return dtype === "float32" ? { dtype, shape, data } : { dtype, shape, data: narrowToFloat16(data) };
}

const KERNELS = {
  nearest: "nearest",
  bilinear: "linear",
  bicubic: "cubic",
  lanczos3: "lanczos3",
  area: "area",
} as const;

/** The picture in 8-bit sRGB at a size, [H, W, 3]. What shows through transparency is middle grey. */
async function scaled(
  source: Picture,
  colour: ColourProfile,
  { kernel, antialias, coordinates }: ResizeRule,
  { widthPx, heightPx }: Size,
): Promise<Uint8Array> {
  // libvips's kernels are these, and run on all cores.
  if (antialias && coordinates === "half-pixel" && kernel !== "area" && kernel !== "nearest")
    return (await toNetworkRgb(source, colour, { widthPx, heightPx, kernel: KERNELS[kernel] })).data;
  const x = inputAxis(source.widthPx, widthPx, coordinates);
  const y = inputAxis(source.heightPx, heightPx, coordinates);
  const rgb = sampleRgb(source, { x, y, kernel: KERNELS[kernel], antialias });
  if (colour.icc === undefined) return rgb;
  return (await toSrgb(picture(widthPx, heightPx, 3, rgb), { ...colour, space: "rgb" })).data;
}

/** Where each sample of the input lies in the picture. */
function inputAxis(sourcePx: number, outPx: number, coordinates: ResizeRule["coordinates"]): AxisMap {
  const common = { outPx, first: 0, last: sourcePx - 1 };
  const scale = sourcePx / outPx;
  switch (coordinates) {
    case "half-pixel":
      return { ...common, scale, offset: (scale - 1) / 2 };
    case "asymmetric":
      return { ...common, scale, offset: 0 };
    case "align-corners":
      return { ...common, scale: outPx === 1 ? 0 : (sourcePx - 1) / (outPx - 1), offset: 0 };
  }
}

interface Sampling {
  readonly x: AxisMap;
  readonly y: AxisMap;
  readonly kernel: KernelName;
  readonly antialias: boolean;
}

/** Resample to bytes, row by row: each needed row is made once per output row that reads it. */
function sampleRgb(source: Picture, { x, y, kernel, antialias }: Sampling): Uint8Array {
  const across = axisTaps(x, kernel, antialias);
  const down = axisTaps(y, kernel, antialias);
  const out = new Uint8Array(x.outPx * y.outPx * 3);
  const width = x.outPx * 3;
  const rows = new Map<number, Float32Array>();
  const made = (index: number): Float32Array => {
    let row = rows.get(index);
    if (row === undefined) rows.set(index, (row = sampleRow(source, index, across, x.outPx)));
    return row;
  };
  for (let j = 0; j < y.outPx; j++) {
    const needed = down.index.subarray(j * down.count, (j + 1) * down.count);
    const weights = down.weights.subarray(j * down.count, (j + 1) * down.count);
    mixRows(Array.from(needed, made), weights, out.subarray(j * width, (j + 1) * width));
    // Rows above this one's first are not read again.
    for (const index of rows.keys()) if (index < needed[0]!) rows.delete(index);
  }
  return out;
}

/** `out = Σ_k weights[k] · rows[k]`, to the nearest byte. */
function mixRows(rows: readonly Float32Array[], weights: Float32Array, out: Uint8Array): void {
  const [first, second = first] = rows as [Float32Array, Float32Array?];
  if (rows.length <= 2) {
    // Means, which stay within bytes.
    const [w0, w1 = 0] = weights as unknown as [number, number?];
    for (let i = 0; i < out.length; i++) out[i] = w0 * first[i]! + w1 * second[i]! + 0.5;
    return;
  }
  const sum = new Float32Array(out.length).fill(0.5);
  rows.forEach((row, k) => {
    const weight = weights[k]!;
    for (let i = 0; i < sum.length; i++) sum[i]! += weight * row[i]!;
  });
  for (let i = 0; i < out.length; i++) {
    const value = sum[i]!;
    out[i] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

/** One row of the picture, resampled across: RGB on middle grey, 0 to 255. */
function sampleRow(
  source: Picture,
  y: number,
  { count, index, weights }: AxisTaps,
  outPx: number,
): Float32Array {
  const start = y * source.widthPx * source.channels;
  const own = source.data.subarray(start, start + source.widthPx * source.channels);
  const [line, channels] = hasAlpha(source)
    ? ([onGrey(own, source.channels), 3] as const)
    : ([own, source.channels] as const);
  const [g, b] = channels >= 3 ? [1, 2] : [0, 0];
  const unit = 255 / maxSample(source);
  const row = new Float32Array(outPx * 3);
  for (let i = 0, tap = 0, to = 0; i < outPx; i++, to += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let k = 0; k < count; k++, tap++) {
      const at = index[tap]! * channels;
      const weight = weights[tap]! * unit;
      red += weight * line[at]!;
      green += weight * line[at + g]!;
      blue += weight * line[at + b]!;
    }
    row[to] = red;
    row[to + 1] = green;
    row[to + 2] = blue;
  }
  return row;
}

/** A line with alpha as RGB on middle grey, in its own sample values. */
function onGrey(line: Samples, channels: number): Float32Array {
  const [g, b] = channels >= 3 ? [1, 2] : [0, 0];
  const full = maxSample({ data: line });
  const rgb = new Float32Array((line.length / channels) * 3);
  for (let from = 0, to = 0; from < line.length; from += channels, to += 3) {
    const alpha = line[from + channels - 1]! / full;
    const grey = ((1 - alpha) * 128 * full) / 255;
    rgb[to] = alpha * line[from]! + grey;
    rgb[to + 1] = alpha * line[from + g]! + grey;
    rgb[to + 2] = alpha * line[from + b]! + grey;
  }
  return rgb;
}

/**
 * Where a picture's pixels lie on the grid of the matte that the network gave for its input.
 * @param matte size of the network's output, which may be smaller than its input
 */
export function matteGrid(
  source: Size,
  placement: Placement,
  matte: Size,
  coordinates: ResizeRule["coordinates"],
): MatteGrid {
  const { content } = placement;
  return {
    x: matteAxis(source.widthPx, [content.x, content.widthPx], placement.widthPx, matte.widthPx, coordinates),
    y: matteAxis(
      source.heightPx,
      [content.y, content.heightPx],
      placement.heightPx,
      matte.heightPx,
      coordinates,
    ),
  };
}

function matteAxis(
  sourcePx: number,
  [contentStart, contentPx]: readonly [number, number],
  inputPx: number,
  mattePx: number,
  coordinates: ResizeRule["coordinates"],
): AxisMap {
  // Pixel i of the picture at a·i + b of the input: the inverse of inputAxis, then the letterbox's shift.
  const [a, b] = {
    "half-pixel": [contentPx / sourcePx, (contentPx / sourcePx - 1) / 2],
    asymmetric: [contentPx / sourcePx, 0],
    "align-corners": [sourcePx === 1 ? 0 : (contentPx - 1) / (sourcePx - 1), 0],
  }[coordinates] as [number, number];
  // Then from the input to the matte, pixel centres aligned.
  const shrink = mattePx / inputPx;
  const first = Math.floor(contentStart * shrink);
  return {
    outPx: sourcePx,
    scale: a * shrink,
    offset: (b + contentStart + 0.5) * shrink - 0.5,
    first,
    last: Math.max(first, Math.min(mattePx, Math.ceil((contentStart + contentPx) * shrink)) - 1),
  };
}
