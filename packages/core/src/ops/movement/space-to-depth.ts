import { floorDivDim, mulDim, type OpRule } from "../../graph/index.js";
import { requireRank, shapeMismatch } from "../shape-rules.js";

/**
 * `y[n, (i·s+j)·C + c, h, w] = x[n, c, h·s+i, w·s+j]`      x: [N, C, H·s, W·s], y: [N, C·s², H, W]
 * `∂L/∂x = DepthToSpace(g)` (mode DCR)
 */
export const spaceToDepth: OpRule<"SpaceToDepth"> = {
  infer({ inputs: [x], attrs }) {
    const s = attrs.blocksize ?? 1;
    requireRank("SpaceToDepth", x!, 4, "[N,C,H,W]");
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    for (const size of [h, w])
      if (typeof size === "number" && size % s !== 0)
        throw shapeMismatch(
          `SpaceToDepth(blocksize=${s})`,
          `height and width divisible by ${s}`,
          `${h}x${w}`,
          `pad or resize height and width to a multiple of ${s}`,
        );
    return { dtype: x!.dtype, shape: [n, mulDim(c, s * s), floorDivDim(h, s), floorDivDim(w, s)] };
  },
  vjp: ({ b, g, attrs }) => [b.op("DepthToSpace", [g], { blocksize: attrs.blocksize ?? 1, mode: "DCR" })],
};
