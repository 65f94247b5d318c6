import { random, type OpCases } from "../op-case.test-support.js";

const blocked = "needs x64 and blocked weights; ops/lowering tests it";
const pseudo = "a pseudo-operator: ops/lowering tests its recipes";

export const convolutionCases: OpCases = {
  Conv: [
    { inputs: [random([2, 3, 5, 6]), random([4, 3, 3, 3]), random([4])], attrs: { pads: [1, 1, 1, 1] } },
    { inputs: [random([2, 4, 5, 5]), random([6, 2, 3, 3])], attrs: { group: 2 } },
    {
      inputs: [random([2, 3, 7, 6]), random([3, 1, 3, 2]), random([3])],
      attrs: { group: 3, pads: [1, 0, 1, 1], strides: [2, 1] },
    },
    {
      inputs: [random([1, 2, 9, 8]), random([3, 2, 3, 3])],
      attrs: { dilations: [2, 3], pads: [2, 3, 2, 3] },
    },
    { inputs: [random([1, 2, 8, 7]), random([3, 2, 3, 3])], attrs: { strides: [2, 3], pads: [0, 1, 2, 0] } },
    {
      inputs: [random([1, 2, 6, 5]), random([3, 2, 3, 2])],
      attrs: { auto_pad: "SAME_UPPER", strides: [2, 2] },
    },
    { inputs: [random([1, 2, 6, 5]), random([3, 2, 4, 2])], attrs: { auto_pad: "SAME_LOWER" } },
    { inputs: [random([1, 2, 6, 5]), random([3, 2, 3, 3])], attrs: { auto_pad: "VALID" } },
    { inputs: [random([2, 3, 4, 4]), random([5, 3, 1, 1])] },
    { inputs: [random([2, 3, 5, 4]), random([5, 3, 1, 1])], attrs: { strides: [2, 2] } },
    { inputs: [random([2, 3, 9]), random([4, 3, 3])], attrs: { strides: [2], pads: [1, 1] } },
    { inputs: [random([1, 2, 3, 4, 3]), random([2, 2, 2, 2, 2])], attrs: { pads: [1, 0, 0, 0, 1, 0] } },
  ],
  ConvTranspose: [
    { inputs: [random([2, 3, 3, 4]), random([3, 2, 2, 2]), random([2])], attrs: { strides: [2, 2] } },
    {
      inputs: [random([1, 4, 3, 3]), random([4, 2, 3, 3])],
      attrs: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
    },
    {
      inputs: [random([1, 2, 4, 3]), random([2, 3, 3, 3])],
      attrs: { dilations: [2, 1], pads: [1, 0, 0, 1] },
    },
    {
      inputs: [random([1, 2, 3, 3]), random([2, 3, 3, 3])],
      attrs: { strides: [2, 2], auto_pad: "SAME_UPPER" },
    },
    {
      inputs: [random([1, 2, 3, 3]), random([2, 1, 3, 3])],
      attrs: { strides: [2, 2], output_shape: [6, 5] },
    },
    { inputs: [random([1, 2, 5]), random([2, 3, 3])], attrs: { strides: [2] } },
  ],
  "com.microsoft.nchwc.Conv": [
    {
      inputs: [random([1, 16, 4, 4]), random([16, 16, 3, 3])],
      attrs: { pads: [1, 1, 1, 1] },
      noKernel: { reason: blocked, types: ["float32[1,16,4,4]"] },
    },
  ],
  "com.microsoft.nchwc.MaxPool": [
    {
      inputs: [random([1, 16, 4, 4])],
      attrs: { kernel_shape: [2, 2], strides: [2, 2] },
      noKernel: { reason: blocked, types: ["float32[1,16,2,2]"] },
    },
  ],
  "com.microsoft.nchwc.ReorderInput": [
    { inputs: [random([1, 32, 4, 4])], noKernel: { reason: blocked, types: ["float32[1,32,4,4]"] } },
  ],
  "com.microsoft.nchwc.ReorderOutput": [
    {
      inputs: [random([1, 32, 4, 4])],
      attrs: { channels: 20 },
      noKernel: { reason: blocked, types: ["float32[1,20,4,4]"] },
    },
  ],
  "com.microsoft.nchwc.Upsample": [
    {
      inputs: [random([1, 16, 4, 4])],
      attrs: { scales: [1, 1, 2, 2], mode: "linear" },
      noKernel: { reason: blocked, types: ["float32[1,16,8,8]"] },
    },
  ],
  "mattelier.ConvInputGradient": [
    {
      inputs: [random([2, 4, 5, 6]), random([4, 3, 3, 3])],
      attrs: {
        input_shape: [2, 3, 5, 6],
        pads: [1, 1, 1, 1],
        strides: [1, 1],
        dilations: [1, 1],
        group: 1,
      },
      noKernel: { reason: pseudo, types: ["float32[2,3,5,6]"] },
    },
  ],
  "mattelier.ConvWeightGradient": [
    {
      inputs: [random([2, 3, 5, 6]), random([2, 4, 5, 6])],
      attrs: {
        weight_shape: [4, 3, 3, 3],
        pads: [1, 1, 1, 1],
        strides: [1, 1],
        dilations: [1, 1],
        group: 1,
      },
      noKernel: { reason: pseudo, types: ["float32[4,3,3,3]"] },
    },
  ],
};
