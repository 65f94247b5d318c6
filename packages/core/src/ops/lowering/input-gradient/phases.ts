import type { Value } from "../../../graph/index.js";
import { padsOf } from "../../window.js";
import { all, product, tapsOf, type ConvProblem } from "../problem.js";
import type { Recipe } from "../recipe.js";
import { padSpatial } from "../shifts.js";

/**
 * Stride s in 2-D: the places s·u + r of dx, one phase r at a time, see only the taps k ≡ r + pad (mod s):
 * `dx[s·u + r] = Σ_t w[k₀ + s·t]·dy[u + q − t]`, k₀ = (r + pad) mod s, q = ⌊(r + pad)/s⌋. Each phase is a small
 * convolution of stride 1; DepthToSpace puts the phases together.
 */
export const phases: Recipe = {
  name: "phases",
  refuses(p) {
    const [s, other] = p.strides;
    if (p.input.length !== 2 || s === 1 || s !== other) return "not a 2-D convolution of one stride over 1";
    if (!all(p.dilations, 1) || p.group !== 1) return "dilation or groups";
    return p.kernel.some((k) => k < s!) ? "a kernel smaller than the stride" : undefined;
  },
  build({ b, problem: p, operands: [dy, w] }) {
    const s = p.strides[0]!;
    const count = p.input.map((size) => Math.ceil(size / s)); // places of a phase
    const byTap = b.transpose(b.reshape(w, [p.outChannels, p.inChannels, product(p.kernel)]), [2, 1, 0]);
    const parts = tapsOf([s, s]).map((r): Value => {
      const axes = r.map((phase, i) => phaseAxis(p, phase, i));
      const order = axes[0]!.taps.flatMap((row) =>
        axes[1]!.taps.map((column) => row * p.kernel[1]! + column),
      );
      const picked = b.op("Gather", [byTap, b.ints(order)], { axis: 0 });
      const kernel = axes.map(({ taps }) => taps.length);
      const filters = b.reshape(b.transpose(picked, [1, 2, 0]), [p.inChannels, p.outChannels, ...kernel]);
      // u + q − t lies in [u + q − T + 1, u + q]
      const before = axes.map(({ q, taps }) => taps.length - 1 - q);
      const after = axes.map(({ q }, i) => count[i]! - p.output[i]! + q);
      const crop = [before, after].map((pads) => pads.map((n) => Math.min(n, 0))) as [number[], number[]];
      return b.op("Conv", [padSpatial(b, dy, ...crop), filters], {
        kernel_shape: kernel,
        pads: padsOf({
          before: before.map((n) => Math.max(n, 0)),
          after: after.map((n) => Math.max(n, 0)),
        }),
      });
    });
    const whole = b.op("DepthToSpace", [b.concat(parts, 1)], { blocksize: s, mode: "DCR" });
    return padSpatial(
      b,
      whole,
      [0, 0],
      count.map((n, i) => p.input[i]! - n * s),
    );
  },
};

/** The taps that a phase sees on one axis, last first, and the shift q. */
function phaseAxis(p: ConvProblem, phase: number, axis: number): { taps: readonly number[]; q: number } {
  const s = p.strides[axis]!;
  const at = phase + p.before[axis]!;
  const taps: number[] = [];
  for (let k = at % s; k < p.kernel[axis]!; k += s) taps.unshift(k);
  return { taps, q: Math.floor(at / s) };
}
