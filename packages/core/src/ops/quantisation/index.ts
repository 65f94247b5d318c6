import type { RuleTable } from "../../graph/index.js";
import { convInteger } from "./conv-integer.js";
import { dequantizeLinear } from "./dequantize-linear.js";
import { dynamicQuantizeLinear } from "./dynamic-quantize-linear.js";
import { matMulInteger } from "./mat-mul-integer.js";
import { qLinearConv } from "./q-linear-conv.js";
import { quantizeLinear } from "./quantize-linear.js";

/** Eight-bit operators: for graphs that ship, not for ones that train. */
export const quantisationRules = {
  ConvInteger: convInteger,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  MatMulInteger: matMulInteger,
  QLinearConv: qLinearConv,
  QuantizeLinear: quantizeLinear,
} satisfies Partial<RuleTable>;
