import { constant, ints, random, type OpCases } from "../op-case.test-support.js";

const scales = (...values: readonly number[]) => constant("float32", [values.length], values);
const HALF = { mode: "linear", coordinate_transformation_mode: "half_pixel" } as const;

export const resizeCases: OpCases = {
  GridSample: [
    {
      inputs: [random([1, 2, 4, 4]), random([1, 3, 5, 2], { low: -1, high: 1 })],
      typesOnly: "no gradient yet",
    },
  ],
  Resize: [
    {
      inputs: [random([1, 2, 3, 4]), undefined, scales(1, 1, 2, 2)],
      attrs: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
    },
    {
      inputs: [random([1, 2, 3, 4]), undefined, scales(1, 1, 2, 3)],
      attrs: { mode: "nearest", coordinate_transformation_mode: "half_pixel" },
    },
    { inputs: [random([2, 3, 4, 5]), undefined, scales(1, 1, 2, 2)], attrs: HALF },
    { inputs: [random([2, 3, 2, 1]), undefined, scales(1, 1, 2, 2)], attrs: HALF },
    { inputs: [random([1, 2, 3, 4]), undefined, undefined, ints(1, 2, 7, 9)], attrs: HALF },
    { inputs: [random([1, 2, 9, 8]), undefined, undefined, ints(1, 2, 4, 3)], attrs: HALF },
    {
      inputs: [random([1, 2, 5, 4]), undefined, undefined, ints(1, 2, 1, 7)],
      attrs: { mode: "linear", coordinate_transformation_mode: "pytorch_half_pixel" },
    },
    {
      inputs: [random([1, 2, 5, 4]), undefined, undefined, ints(1, 2, 8, 1)],
      attrs: { mode: "linear", coordinate_transformation_mode: "align_corners" },
    },
    {
      inputs: [random([1, 2, 4, 4]), undefined, scales(1, 1, 2, 0.5)],
      attrs: { mode: "linear", coordinate_transformation_mode: "asymmetric" },
    },
    {
      inputs: [random([1, 2, 4, 4]), undefined, scales(1, 1, 1.6, 0.7)],
      attrs: { mode: "linear", coordinate_transformation_mode: "half_pixel" },
    },
    {
      inputs: [random([1, 2, 4, 6]), undefined, scales(1, 1, 0.5, 0.5)],
      attrs: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
    },
    {
      inputs: [random([1, 2, 4, 5]), undefined, undefined, ints(1, 2, 7, 3)],
      attrs: {
        mode: "nearest",
        coordinate_transformation_mode: "half_pixel",
        nearest_mode: "round_prefer_ceil",
      },
    },
    {
      inputs: [random([1, 1, 4, 5]), undefined, undefined, ints(1, 1, 7, 8)],
      attrs: { mode: "cubic", coordinate_transformation_mode: "half_pixel" },
    },
    {
      inputs: [random([1, 1, 4, 5]), undefined, undefined, ints(1, 1, 7, 3)],
      attrs: { mode: "cubic", coordinate_transformation_mode: "half_pixel", exclude_outside: 1 },
    },
    {
      inputs: [random([1, 2, 8, 9]), undefined, undefined, ints(1, 2, 3, 4)],
      attrs: { ...HALF, antialias: 1 },
    },
    {
      inputs: [random([1, 1, 8, 9]), undefined, undefined, ints(1, 1, 3, 4)],
      attrs: { mode: "cubic", coordinate_transformation_mode: "half_pixel", antialias: 1 },
    },
    { inputs: [random([1, 2, 3, 4]), undefined, undefined, ints(6, 6)], attrs: { ...HALF, axes: [2, 3] } },
    {
      inputs: [random([1, 2, 4, 8]), undefined, undefined, ints(6, 6)],
      attrs: { ...HALF, axes: [2, 3], keep_aspect_ratio_policy: "not_larger" },
    },
  ],
  Upsample: [
    {
      inputs: [random([1, 2, 3, 4]), scales(1, 1, 2, 2)],
      noKernel: { reason: "gone since opset 10", types: ["float32[1,2,6,8]"] },
    },
  ],
};
