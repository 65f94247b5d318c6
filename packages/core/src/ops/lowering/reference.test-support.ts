import { product, tapsOf, type ConvProblem } from "./problem.js";

/** A convolution and both its gradients by plain loops in double precision, straight from the definition. */
export function referenceConvolution(
  p: ConvProblem,
  {
    x,
    w,
    dy,
  }: { readonly x: ArrayLike<number>; readonly w: ArrayLike<number>; readonly dy: ArrayLike<number> },
): { readonly forward: Float64Array; readonly input: Float64Array; readonly weight: Float64Array } {
  const [inputs, outputs] = [p.inChannels / p.group, p.outChannels / p.group];
  const taps = tapsOf(p.kernel);
  const places = tapsOf(p.output);
  const [inSize, outSize] = [product(p.input), product(p.output)];
  const y = new Float64Array(p.batch * p.outChannels * outSize);
  const dx = new Float64Array(p.batch * p.inChannels * inSize);
  const dw = new Float64Array(p.outChannels * inputs * taps.length);
  const flat = (index: readonly number[], sizes: readonly number[]): number =>
    index.reduce((at, i, axis) => at * sizes[axis]! + i, 0);
  for (const [k, tap] of taps.entries())
    for (const [place, at] of places.entries()) {
      const seen = at.map(
        (i, axis) => i * p.strides[axis]! + tap[axis]! * p.dilations[axis]! - p.before[axis]!,
      );
      if (seen.some((i, axis) => i < 0 || i >= p.input[axis]!)) continue;
      const xAt = flat(seen, p.input);
      for (let n = 0; n < p.batch; n++)
        for (let o = 0; o < p.outChannels; o++)
          for (let c = 0; c < inputs; c++) {
            const channel = Math.floor(o / outputs) * inputs + c;
            const [xi, wi] = [
              (n * p.inChannels + channel) * inSize + xAt,
              (o * inputs + c) * taps.length + k,
            ];
            const yi = (n * p.outChannels + o) * outSize + place;
            y[yi]! += w[wi]! * x[xi]!;
            dx[xi]! += w[wi]! * dy[yi]!;
            dw[wi]! += x[xi]! * dy[yi]!;
          }
    }
  return { forward: y, input: dx, weight: dw };
}
