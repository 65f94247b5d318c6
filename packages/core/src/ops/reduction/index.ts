import type { RuleTable } from "../../graph/index.js";
import { argMax, argMin } from "./arg-extremum.js";
import { cumSum } from "./cum-sum.js";
import { logSoftmax } from "./log-softmax.js";
import { reduceMax, reduceMin } from "./reduce-extremum.js";
import { reduceL1 } from "./reduce-l1.js";
import { reduceL2 } from "./reduce-l2.js";
import { reduceLogSumExp } from "./reduce-log-sum-exp.js";
import { reduceMean } from "./reduce-mean.js";
import { reduceProd } from "./reduce-prod.js";
import { reduceSumSquare } from "./reduce-sum-square.js";
import { reduceSum } from "./reduce-sum.js";
import { softmax } from "./softmax.js";
import { topK } from "./top-k.js";

/** Operators that fold, order or normalise along axes. */
export const reductionRules = {
  ArgMax: argMax,
  ArgMin: argMin,
  CumSum: cumSum,
  LogSoftmax: logSoftmax,
  ReduceL1: reduceL1,
  ReduceL2: reduceL2,
  ReduceLogSumExp: reduceLogSumExp,
  ReduceMax: reduceMax,
  ReduceMean: reduceMean,
  ReduceMin: reduceMin,
  ReduceProd: reduceProd,
  ReduceSum: reduceSum,
  ReduceSumSquare: reduceSumSquare,
  Softmax: softmax,
  TopK: topK,
} satisfies Partial<RuleTable>;
