import { all, tapsOf } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { padSpatial, windowsInput } from "../shifts.js";
import { joinTaps } from "./join-taps.js";

/**
 * The products of {@link taps}, stride 1 in 2-D, with rows laid end to end: dy's rows are padded to the padded x's
 * width, so that what a tap sees of x is one contiguous run a channel.
 */
export const tapsFlat: Recipe = {
  name: "taps_flat",
  refuses: (p) =>
    p.input.length === 2 && all(p.strides, 1) ? undefined : "not a 2-D convolution of stride 1",
  build({ b, problem: p, operands: [x, dy], target }) {
    const padded = windowsInput(b, p, x);
    const width = padded.shape[3] as number;
    const height = padded.shape[2] as number;
    const over = width - p.output[1]!;
    const run = p.output[0]! * width;
    const matrices = p.batch * p.group;
    // One row more, for the runs of the last taps to end in.
    const tall = padSpatial(b, padded, [0, 0], [over === 0 ? 0 : 1, 0]);
    const rows = b.reshape(tall, [matrices, p.inChannels / p.group, (tall.shape[2] as number) * width]);
    const left = b.reshape(padSpatial(b, dy, [0, 0], [0, over]), [matrices, p.outChannels / p.group, run]);
    const products = tapsOf(p.kernel).map(([i, j]) => {
      const start = i! * p.dilations[0]! * width + j! * p.dilations[1]!;
      const seen =
        start === 0 && run === height * width && over === 0
          ? rows
          : b.slice(rows, [start], [start + run], [2]);
      return timesTransposed(b, target, left, seen);
    });
    return joinTaps(b, p, products);
  },
};
