import type { RuleTable } from "../../graph/index.js";
import { concat } from "./concat.js";
import { constant } from "./constant.js";
import { depthToSpace } from "./depth-to-space.js";
import { expand } from "./expand.js";
import { flatten } from "./flatten.js";
import { gatherElements } from "./gather-elements.js";
import { gatherND } from "./gather-nd.js";
import { gather } from "./gather.js";
import { oneHot } from "./one-hot.js";
import { pad } from "./pad.js";
import { reshape } from "./reshape.js";
import { scatterElements } from "./scatter-elements.js";
import { scatterND } from "./scatter-nd.js";
import { shape } from "./shape.js";
import { size } from "./size.js";
import { slice } from "./slice.js";
import { spaceToDepth } from "./space-to-depth.js";
import { split } from "./split.js";
import { squeeze } from "./squeeze.js";
import { tile } from "./tile.js";
import { transpose } from "./transpose.js";
import { trilu } from "./trilu.js";
import { unsqueeze } from "./unsqueeze.js";

/** Operators that move elements about and compute nothing. */
export const movementRules = {
  Concat: concat,
  Constant: constant,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  OneHot: oneHot,
  Pad: pad,
  Reshape: reshape,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Shape: shape,
  Size: size,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
} satisfies Partial<RuleTable>;
