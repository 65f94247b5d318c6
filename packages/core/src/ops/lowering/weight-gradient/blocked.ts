import type { Value } from "../../../graph/index.js";
import { fromBlocked, toBlocked } from "../blocked.js";
import { extents, type ConvProblem } from "../problem.js";
import type { Recipe } from "../recipe.js";
import { windowsInput } from "../shifts.js";

/** Bytes of dy that one convolution takes as its filter: half of a common second-level cache. */
const FILTER_BYTES = 512 * 1024;
/** Output channels that the kernel computes together. */
const FILTERS = 64;

/**
 * A convolution of x by dy, as in {@link swap3d}: x's channels are pictures of one channel, blocked dy is the filter
 * of ONNX Runtime's kernel for unblocked inputs ([O/B, 1, rows, W, B] is how it lies). The kernel reads its whole
 * filter for every row of output, so dy is cut into pieces of rows that stay in cache; each convolution adds to the
 * sum of those before. That also keeps the serial sums short, and with them the rounding.
 */
export const blocked: Recipe = {
  name: "blocked",
  refuses(p, { block }) {
    if (block === undefined) return "no blocked operators here";
    if (p.dtype !== "float32" || p.input.length !== 2 || p.group !== 1)
      return "not float32 in 2-D of one group";
    return p.outChannels % block === 0 ? undefined : `channels that do not fill blocks of ${block}`;
  },
  build({ b, problem: p, operands: [x, dy], target }) {
    const block = target.block!;
    const [height, width] = p.output as [number, number];
    const [stride] = p.strides as [number];
    const padded = windowsInput(b, p, x);
    const rows = rowsPerPiece(p);
    const reach = extents(p)[0]!;
    // Rows of a picture end to end, so that a piece is one slice.
    const lines = b.reshape(toBlocked(b, dy), [p.batch, p.outChannels / block, height, width * block]);
    const pieces: { readonly n: number; readonly from: number; readonly to: number; readonly seen: Value }[] =
      [];
    for (let n = 0; n < p.batch; n++)
      for (let from = 0; from < height; from += rows) {
        const to = Math.min(from + rows, height);
        const top = from * stride;
        const bottom = (to - 1) * stride + reach;
        const part = b.slice(padded, [n, top], [n + 1, bottom], [0, 2]);
        const seen = b.reshape(part, [p.inChannels, 1, bottom - top, padded.shape[3] as number]);
        pieces.push({ n, from, to, seen });
      }
    const sums: Value[] = [];
    for (let o = 0; o < p.outChannels; o += FILTERS) {
      const end = Math.min(o + FILTERS, p.outChannels);
      let sum: Value | undefined;
      for (const { n, from, to, seen } of pieces) {
        const part = b.slice(lines, [n, o / block, from], [n + 1, end / block, to], [0, 1, 2]);
        const filter = b.reshape(part, [end - o, 1, to - from, width]);
        sum = b.op(
          "com.microsoft.nchwc.Conv",
          sum === undefined ? [seen, filter] : [seen, filter, undefined, sum],
          {
            kernel_shape: [to - from, width],
            strides: p.dilations,
            dilations: p.strides,
          },
        );
      }
      sums.push(fromBlocked(b, sum!));
    }
    return b.transpose(b.concat(sums, 1), [1, 0, 2, 3]); // [C, O, kh, kw] before
  },
};

function rowsPerPiece(p: ConvProblem): number {
  const [height, width] = p.output as [number, number];
  const rowBytes = 4 * width * Math.min(p.outChannels, FILTERS);
  const most = Math.max(1, Math.floor(FILTER_BYTES / rowBytes));
  return Math.ceil(height / Math.ceil(height / most));
}
