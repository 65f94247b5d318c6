import type { RuleTable } from "../../graph/index.js";
import { abs } from "./abs.js";
import { add } from "./add.js";
import { atan } from "./atan.js";
import { cast } from "./cast.js";
import { celu } from "./celu.js";
import { clip } from "./clip.js";
import { equal, greater, greaterOrEqual, isInf, isNaN, less, lessOrEqual } from "./comparisons.js";
import { cos } from "./cos.js";
import { div } from "./div.js";
import { elu } from "./elu.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { gelu } from "./gelu.js";
import { hardSigmoid } from "./hard-sigmoid.js";
import { hardSwish } from "./hard-swish.js";
import { identity } from "./identity.js";
import { leakyRelu } from "./leaky-relu.js";
import { log } from "./log.js";
import { and, not, or, xor } from "./logic.js";
import { max } from "./max.js";
import { min } from "./min.js";
import { mish } from "./mish.js";
import { mod } from "./mod.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { pRelu } from "./p-relu.js";
import { pow } from "./pow.js";
import { reciprocal } from "./reciprocal.js";
import { relu } from "./relu.js";
import { ceil, floor, round, sign } from "./rounding.js";
import { selu } from "./selu.js";
import { sigmoid } from "./sigmoid.js";
import { sin } from "./sin.js";
import { softplus } from "./softplus.js";
import { softsign } from "./softsign.js";
import { sqrt } from "./sqrt.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { tan } from "./tan.js";
import { tanh } from "./tanh.js";
import { where } from "./where.js";

/** Operators that act element by element, with broadcasting. */
export const elementwiseRules = {
  Abs: abs,
  Add: add,
  And: and,
  Atan: atan,
  Cast: cast,
  Ceil: ceil,
  Celu: celu,
  Clip: clip,
  Cos: cos,
  Div: div,
  Elu: elu,
  Equal: equal,
  Erf: erf,
  Exp: exp,
  Floor: floor,
  Gelu: gelu,
  Greater: greater,
  GreaterOrEqual: greaterOrEqual,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Identity: identity,
  IsInf: isInf,
  IsNaN: isNaN,
  LeakyRelu: leakyRelu,
  Less: less,
  LessOrEqual: lessOrEqual,
  Log: log,
  Max: max,
  Min: min,
  Mish: mish,
  Mod: mod,
  Mul: mul,
  Neg: neg,
  Not: not,
  Or: or,
  PRelu: pRelu,
  Pow: pow,
  Reciprocal: reciprocal,
  Relu: relu,
  Round: round,
  Selu: selu,
  Sigmoid: sigmoid,
  Sign: sign,
  Sin: sin,
  Softplus: softplus,
  Softsign: softsign,
  Sqrt: sqrt,
  Sub: sub,
  Sum: sum,
  Tan: tan,
  Tanh: tanh,
  Where: where,
  Xor: xor,
} satisfies Partial<RuleTable>;
