import { constant, random, type OpCases } from "../op-case.test-support.js";

/** So far apart that a small step changes no maximum. */
const SPREAD = { low: -20, high: 20 } as const;

export const poolingCases: OpCases = {
  AveragePool: [
    { inputs: [random([2, 3, 4, 6])], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    { inputs: [random([1, 2, 5, 6])], attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
    {
      inputs: [random([1, 2, 5, 6])],
      attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
    },
    {
      inputs: [random([1, 2, 7, 6])],
      attrs: { kernel_shape: [3, 2], strides: [2, 3], pads: [1, 0, 0, 1], count_include_pad: 1 },
    },
    { inputs: [random([1, 2, 7, 8])], attrs: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } },
    { inputs: [random([1, 2, 6, 5])], attrs: { kernel_shape: [2, 2], auto_pad: "SAME_UPPER" } },
    { inputs: [random([1, 2, 8])], attrs: { kernel_shape: [3], strides: [2] } },
  ],
  GlobalAveragePool: [{ inputs: [random([2, 3, 4, 5])] }, { inputs: [random([1, 2, 7])] }],
  GlobalMaxPool: [{ inputs: [random([2, 3, 4, 5], SPREAD)] }, { inputs: [random([1, 2, 7], SPREAD)] }],
  MaxPool: [
    { inputs: [random([2, 3, 4, 6], SPREAD)], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    {
      inputs: [random([1, 2, 5, 7], SPREAD)],
      attrs: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
    },
    {
      inputs: [random([1, 2, 5, 7], SPREAD)],
      attrs: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    { inputs: [random([1, 2, 6, 7], SPREAD)], attrs: { kernel_shape: [2, 3], dilations: [2, 2] } },
    {
      inputs: [random([1, 2, 6, 6], SPREAD)],
      attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      outputs: 2,
    },
    {
      inputs: [random([1, 2, 5, 6], SPREAD)],
      attrs: { kernel_shape: [2, 2], auto_pad: "SAME_UPPER", strides: [2, 2] },
    },
    { inputs: [random([1, 2, 9], SPREAD)], attrs: { kernel_shape: [3], strides: [3] } },
  ],
  MaxUnpool: [
    {
      inputs: [random([1, 1, 2, 2]), constant("int64", [1, 1, 2, 2], [0, 3, 13, 10])],
      attrs: { kernel_shape: [2, 2], strides: [2, 2] },
    },
    {
      inputs: [
        random([1, 1, 2, 2]),
        constant("int64", [1, 1, 2, 2], [0, 3, 13, 20]),
        constant("int64", [4], [1, 1, 5, 5]),
      ],
      attrs: { kernel_shape: [2, 2], strides: [2, 2] },
    },
  ],
};
