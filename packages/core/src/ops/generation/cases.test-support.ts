import { constant, ints, random, type OpCases } from "../op-case.test-support.js";

const scalar = (dtype: "int64" | "float32", value: number) => constant(dtype, [], [value]);

export const generationCases: OpCases = {
  ConstantOfShape: [
    { inputs: [ints(2, 3)], typesOnly: "no float operand" },
    { inputs: [ints(4)], attrs: { value: constant("int64", [1], [7]) }, typesOnly: "no float operand" },
    { inputs: [ints()], typesOnly: "no float operand" },
  ],
  Dropout: [
    { inputs: [random([3, 4])] },
    { inputs: [random([3, 4]), constant("float32", [], [0.3]), constant("bool", [], [0])], outputs: 2 },
    {
      inputs: [random([3, 4]), constant("float32", [], [0.3]), constant("bool", [], [1])],
      outputs: 2,
      typesOnly: "each run draws another mask; corner-gradients.test.ts checks its gradient",
    },
    { inputs: [random([3, 4])], attrs: { ratio: 0.3 }, opset: 11 },
  ],
  RandomUniformLike: [
    { inputs: [random([3, 4])], attrs: { low: -1, high: 1, seed: 3 }, typesOnly: "random" },
    { inputs: [random([3, 4])], attrs: { dtype: 11 }, typesOnly: "random" },
  ],
  Range: [
    { inputs: [scalar("int64", 0), scalar("int64", 7), scalar("int64", 2)], typesOnly: "no gradient" },
    { inputs: [scalar("int64", 5), scalar("int64", -1), scalar("int64", -3)], typesOnly: "no gradient" },
    {
      inputs: [scalar("float32", 0), scalar("float32", 1), scalar("float32", 0.3)],
      typesOnly: "no gradient",
    },
  ],
};
