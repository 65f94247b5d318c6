import { constant, ints, random, type OpCases } from "../op-case.test-support.js";

const int64 = (shape: readonly number[], values: readonly number[]) => constant("int64", shape, values);

export const movementCases: OpCases = {
  Concat: [
    { inputs: [random([2, 3]), random([2, 1]), random([2, 4])], attrs: { axis: 1 } },
    { inputs: [random([1, 2, 2]), random([3, 2, 2])], attrs: { axis: -3 } },
    { inputs: [ints(2, 3), ints(4)], attrs: { axis: 0 }, typesOnly: "integers" },
  ],
  Constant: [
    { inputs: [], attrs: { value: constant("float32", [2, 2], [1, 2, 3, 4]) }, typesOnly: "no inputs" },
    { inputs: [], attrs: { value_float: 2.5 }, typesOnly: "no inputs" },
    { inputs: [], attrs: { value_ints: [1, 2, 3] }, typesOnly: "no inputs" },
    { inputs: [], attrs: { value_int: 3 }, typesOnly: "no inputs" },
    { inputs: [], attrs: { value_floats: [1, 2] }, typesOnly: "no inputs" },
  ],
  DepthToSpace: [
    { inputs: [random([2, 8, 2, 3])], attrs: { blocksize: 2, mode: "DCR" } },
    { inputs: [random([2, 18, 2, 1])], attrs: { blocksize: 3, mode: "CRD" } },
  ],
  Expand: [
    { inputs: [random([3, 1]), ints(2, 3, 4)] },
    { inputs: [random([]), ints(2, 2)] },
    { inputs: [random([2, 3, 4]), ints(1, 4)] },
    { inputs: [random([2, 1, 4]), ints(2, 5, 1)] },
  ],
  Flatten: [
    { inputs: [random([2, 3, 4])] },
    { inputs: [random([2, 3, 4])], attrs: { axis: -1 } },
    { inputs: [random([2, 3])], attrs: { axis: 0 } },
  ],
  Gather: [
    { inputs: [random([4, 3]), int64([], [2])] },
    { inputs: [random([4, 3]), int64([2, 2], [0, 2, 2, -1])], attrs: { axis: 0 } },
    { inputs: [random([2, 5, 3]), int64([4], [4, 0, 0, 1])], attrs: { axis: 1 } },
    { inputs: [random([2, 5]), int64([1, 2], [1, -5])], attrs: { axis: -1 } },
  ],
  GatherElements: [
    { inputs: [random([3, 4]), int64([2, 4], [0, 2, 1, 1, 0, -1, 0, 2])] },
    { inputs: [random([2, 3]), int64([2, 2], [0, 2, 2, 2])], attrs: { axis: 1 } },
  ],
  GatherND: [
    { inputs: [random([3, 4]), int64([2, 2], [0, 1, 2, 3])] },
    { inputs: [random([3, 4]), int64([3, 1], [1, 1, 0])] },
    { inputs: [random([2, 3, 4]), int64([2, 2, 1], [0, 2, 1, 1])], attrs: { batch_dims: 1 } },
  ],
  OneHot: [
    {
      inputs: [int64([2, 2], [0, 1, 3, 2]), int64([], [4]), constant("float32", [2], [0, 1])],
      typesOnly: "integer input",
    },
    {
      inputs: [int64([3], [0, 1, 2]), int64([1], [5]), constant("float32", [2], [0, 1])],
      attrs: { axis: 0 },
      typesOnly: "integer input",
    },
  ],
  Pad: [
    { inputs: [random([2, 3]), ints(0, 1, 2, 0)] },
    { inputs: [random([4, 5]), ints(-1, 2, 0, -2)] },
    { inputs: [random([2, 3]), ints(1, 1, 1, 1), random([])] },
    { inputs: [random([2, 1, 4, 5]), ints(0, 0, 2, 3, 0, 0, 1, 2)], attrs: { mode: "reflect" } },
    { inputs: [random([2, 1, 3, 4]), ints(0, 0, 2, 0, 0, 0, 1, 3)], attrs: { mode: "edge" } },
    { inputs: [random([3, 4]), ints(1, 2, 0, 3)], attrs: { mode: "wrap" } },
    { inputs: [random([2, 3, 4]), ints(1, 2), undefined, ints(-1)], attrs: { mode: "edge" } },
  ],
  Reshape: [
    { inputs: [random([2, 3, 4]), ints(4, 6)] },
    { inputs: [random([2, 3, 4]), ints(0, -1)] },
    { inputs: [random([2, 6]), ints(-1, 0, 1)] },
  ],
  ScatterElements: [
    {
      inputs: [random([3, 3]), int64([2, 3], [1, 0, 2, 0, 2, 1]), random([2, 3])],
      attrs: { axis: 0 },
    },
    {
      inputs: [random([2, 4]), int64([2, 3], [1, 1, -1, 0, 0, 0]), random([2, 3])],
      attrs: { axis: 1, reduction: "add" },
    },
  ],
  ScatterND: [
    { inputs: [random([4, 3]), int64([2, 1], [3, 1]), random([2, 3])] },
    {
      inputs: [random([4, 3]), int64([3, 2], [0, 0, 0, 0, 2, 1]), random([3])],
      attrs: { reduction: "add" },
    },
  ],
  Shape: [
    { inputs: [random([2, 3, 4])], typesOnly: "sizes" },
    { inputs: [random([2, 3, 4])], attrs: { start: 1, end: -1 }, typesOnly: "sizes" },
  ],
  Size: [{ inputs: [random([2, 3])], typesOnly: "sizes" }],
  Slice: [
    { inputs: [random([4, 5]), ints(1, 0), ints(3, -1)] },
    { inputs: [random([7, 5]), ints(1), ints(7), ints(0), ints(2)] },
    { inputs: [random([7]), ints(-1), ints(-1000), ints(0), ints(-3)] },
    { inputs: [random([2, 6]), ints(4), ints(0), ints(-1), ints(-1)] },
    { inputs: [random([3, 4]), ints(0), ints(1000), ints(1), ints(3)] },
  ],
  SpaceToDepth: [
    { inputs: [random([2, 3, 4, 6])], attrs: { blocksize: 2 } },
    { inputs: [random([1, 2, 6, 3])], attrs: { blocksize: 3 } },
  ],
  Split: [
    { inputs: [random([6, 2])], attrs: { axis: 0, num_outputs: 3 }, outputs: 3 },
    { inputs: [random([2, 5]), ints(2, 3)], attrs: { axis: -1 }, outputs: 2 },
    { inputs: [random([7])], attrs: { num_outputs: 3 }, outputs: 3 },
  ],
  Squeeze: [
    { inputs: [random([1, 3, 1, 2])] },
    { inputs: [random([1, 3, 1, 2]), ints(-2)] },
    { inputs: [random([1, 3, 1, 2]), ints(0, 2)] },
  ],
  Tile: [{ inputs: [random([2, 3]), ints(2, 1)] }, { inputs: [random([2, 1, 3]), ints(1, 4, 2)] }],
  Transpose: [{ inputs: [random([2, 3, 4])], attrs: { perm: [2, 0, 1] } }, { inputs: [random([2, 3, 4])] }],
  Trilu: [
    { inputs: [random([3, 4])] },
    { inputs: [random([2, 3, 3]), int64([], [-1])], attrs: { upper: 0 } },
    { inputs: [random([4, 3]), int64([], [1])], attrs: { upper: 1 } },
  ],
  Unsqueeze: [{ inputs: [random([2, 3]), ints(0, -1)] }, { inputs: [random([]), ints(0)] }],
};
