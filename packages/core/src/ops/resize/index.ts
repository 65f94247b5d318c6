import type { RuleTable } from "../../graph/index.js";
import { gridSample } from "./grid-sample.js";
import { resize } from "./resize.js";
import { upsample } from "./upsample.js";

/** Operators that sample a picture at other places. */
export const resizeRules = {
  GridSample: gridSample,
  Resize: resize,
  Upsample: upsample,
} satisfies Partial<RuleTable>;
