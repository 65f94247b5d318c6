import { constant, ints, random, type OpCase, type OpCases } from "../op-case.test-support.js";
import type { ReduceOp } from "./reduced-axes.js";

const reductions = (
  options: Parameters<typeof random>[1] = {},
  opsetOfAxesInput = 18,
): OpCase<ReduceOp>[] => {
  const x = random([2, 3, 4], options);
  return [
    { inputs: [x] },
    { inputs: [x], attrs: { keepdims: 0 } },
    { inputs: [x, ints(1)] },
    { inputs: [x, ints(-1, 0)], attrs: { keepdims: 0 } },
    { inputs: [x, ints(0, 2)] },
    { inputs: [x], attrs: { axes: [1, -1], keepdims: 0 }, opset: opsetOfAxesInput - 1 },
    { inputs: [random([], options)] },
  ];
};

const arg: OpCase<"ArgMax">[] = [
  { inputs: [random([2, 3, 4])], typesOnly: "indices" },
  { inputs: [random([2, 3, 4])], attrs: { axis: -2, keepdims: 0 }, typesOnly: "indices" },
];

const softmaxes: OpCase<"Softmax">[] = [
  { inputs: [random([2, 3, 4])] },
  { inputs: [random([2, 3, 4])], attrs: { axis: 1 } },
  { inputs: [random([2, 3, 4])], attrs: { axis: 0 } },
  { inputs: [random([2, 3, 4])], attrs: { axis: 1 }, opset: 11 },
];

export const reductionCases: OpCases = {
  ArgMax: arg,
  ArgMin: arg,
  CumSum: [
    { inputs: [random([2, 3, 4]), constant("int64", [], [1])] },
    { inputs: [random([5]), constant("int64", [], [0])], attrs: { exclusive: 1 } },
    { inputs: [random([2, 4]), constant("int64", [], [-1])], attrs: { reverse: 1 } },
    { inputs: [random([2, 4]), constant("int32", [], [-1])], attrs: { reverse: 1, exclusive: 1 } },
  ],
  LogSoftmax: softmaxes,
  ReduceL1: reductions({ kinks: [0] }),
  ReduceL2: reductions(),
  ReduceLogSumExp: reductions(),
  ReduceMax: reductions({ low: -31, high: 29 }),
  ReduceMean: [...reductions(), { inputs: [random([2, 3]), ints()], attrs: { noop_with_empty_axes: 1 } }],
  ReduceMin: reductions({ low: -31, high: 29 }),
  ReduceProd: reductions({ low: 0.5, high: 1.5 }),
  ReduceSum: [...reductions({}, 13), { inputs: [random([2, 3])], attrs: { noop_with_empty_axes: 1 } }],
  ReduceSumSquare: reductions(),
  Softmax: softmaxes,
  TopK: [
    { inputs: [random([3, 5]), ints(2)], outputs: 2 },
    { inputs: [random([3, 5]), ints(2)], attrs: { axis: 0, largest: 0 }, outputs: 2 },
    { inputs: [random([2, 4, 3]), ints(3)], attrs: { axis: 1, sorted: 1 }, outputs: 2 },
  ],
};
