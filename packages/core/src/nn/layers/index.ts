import { batchNorm } from "./batch-norm.js";
import { convTranspose } from "./conv-transpose.js";
import { conv } from "./conv.js";
import { dropout, dropPath } from "./dropout.js";
import { groupNorm } from "./group-norm.js";
import { instanceNorm } from "./instance-norm.js";
import { layerNorm } from "./layer-norm.js";
import { linear } from "./linear.js";
import { sequential } from "./sequential.js";

export * from "./batch-norm.js";
export * from "./conv-transpose.js";
export * from "./conv.js";
export * from "./dropout.js";
export * from "./group-norm.js";
export * from "./instance-norm.js";
export * from "./layer-norm.js";
export * from "./linear.js";
export * from "./sequential.js";

/** Every layer by name; the layer contract demands cases for each. */
export const layers = {
  conv,
  convTranspose,
  linear,
  batchNorm,
  instanceNorm,
  layerNorm,
  groupNorm,
  dropout,
  dropPath,
  sequential,
};

export type LayerName = keyof typeof layers;
