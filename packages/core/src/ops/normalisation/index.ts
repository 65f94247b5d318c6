import type { RuleTable } from "../../graph/index.js";
import { batchNormalization } from "./batch-normalization.js";
import { groupNormalization } from "./group-normalization.js";
import { instanceNormalization } from "./instance-normalization.js";
import { layerNormalization } from "./layer-normalization.js";

/** Operators that bring activations to mean 0 and variance 1. */
export const normalisationRules = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
} satisfies Partial<RuleTable>;
