import type { RuleTable } from "../../graph/index.js";
import { convInputGradient } from "./conv-input-gradient.js";
import { convTranspose } from "./conv-transpose.js";
import { convWeightGradient } from "./conv-weight-gradient.js";
import { conv } from "./conv.js";
import { nchwcConv, nchwcMaxPool, nchwcReorderInput, nchwcReorderOutput, nchwcUpsample } from "./nchwc.js";

/** Convolutions, their gradients, and the blocked forms of both. */
export const convolutionRules = {
  Conv: conv,
  ConvTranspose: convTranspose,
  "com.microsoft.nchwc.Conv": nchwcConv,
  "com.microsoft.nchwc.MaxPool": nchwcMaxPool,
  "com.microsoft.nchwc.ReorderInput": nchwcReorderInput,
  "com.microsoft.nchwc.ReorderOutput": nchwcReorderOutput,
  "com.microsoft.nchwc.Upsample": nchwcUpsample,
  "mattelier.ConvInputGradient": convInputGradient,
  "mattelier.ConvWeightGradient": convWeightGradient,
} satisfies Partial<RuleTable>;
