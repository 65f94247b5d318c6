import { floorDivDim, mulDim, type OpRule } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { requireRank, shapeMismatch } from "../shape-rules.js";

/**
 * `y[n, c, h·s+i, w·s+j] = x[n, (i·s+j)·C + c, h, w]` (mode DCR) or `x[n, c·s² + i·s + j, h, w]` (CRD, PyTorch's
 * pixel shuffle)                                           x: [N, C·s², H, W], y: [N, C, H·s, W·s]
 * `∂L/∂x` = g taken back to depth
 */
export const depthToSpace: OpRule<"DepthToSpace"> = {
  infer({ inputs: [x], attrs }) {
    const s = attrs.blocksize ?? 1;
    requireRank("DepthToSpace", x!, 4, "[N,C,H,W]");
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    if (typeof c === "number" && c % (s * s) !== 0)
      throw shapeMismatch(
        `DepthToSpace(blocksize=${s})`,
        `channels divisible by ${s * s}`,
        String(c),
        `have the layer before make ${s * s} channels for each one of the result`,
      );
    return { dtype: x!.dtype, shape: [n, floorDivDim(c, s * s), mulDim(h, s), mulDim(w, s)] };
  },
  vjp({ b, g, inputs: [x], attrs }) {
    const s = attrs.blocksize ?? 1;
    if (attrs.mode !== "CRD") return [b.op("SpaceToDepth", [g], { blocksize: s })];
    const shape = fixedShape("DepthToSpace", x!.shape) as [number, number, number, number];
    const [n, c, h, w] = shape;
    const blocks = b.reshape(g, [n, c / (s * s), h, s, w, s]);
    return [b.reshape(b.transpose(blocks, [0, 1, 3, 5, 2, 4]), shape)];
  },
};
