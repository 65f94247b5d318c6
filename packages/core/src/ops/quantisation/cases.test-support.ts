import { constant, random, type OpCases } from "../op-case.test-support.js";

const bytes = (dtype: "uint8" | "int8", shape: readonly number[]) =>
  constant(
    dtype,
    shape,
    Array.from({ length: shape.reduce((n, dim) => n * dim, 1) }, (_, i) => (i * 7) % 50),
  );
const scale = constant("float32", [], [0.1]);
const zero = (dtype: "uint8" | "int8") => constant(dtype, [], [3]);
const typesOnly = "whole numbers";

export const quantisationCases: OpCases = {
  ConvInteger: [
    { inputs: [bytes("uint8", [1, 2, 5, 6]), bytes("uint8", [3, 2, 3, 3])], typesOnly },
    {
      inputs: [bytes("uint8", [1, 2, 5, 6]), bytes("uint8", [4, 1, 3, 3]), zero("uint8")],
      attrs: { group: 2, pads: [1, 1, 1, 1], strides: [2, 2] },
      typesOnly,
    },
  ],
  DequantizeLinear: [
    { inputs: [bytes("uint8", [2, 3]), scale, zero("uint8")], typesOnly },
    {
      inputs: [bytes("int8", [2, 3]), constant("float32", [3], [0.1, 0.2, 0.3])],
      attrs: { axis: 1 },
      typesOnly,
    },
  ],
  DynamicQuantizeLinear: [{ inputs: [constant("float32", [2, 2], [1, -2, 3, 0])], outputs: 3, typesOnly }],
  MatMulInteger: [
    { inputs: [bytes("uint8", [2, 3]), bytes("int8", [3, 4]), zero("uint8")], typesOnly },
    { inputs: [bytes("uint8", [2, 2, 3]), bytes("uint8", [3, 4])], typesOnly },
  ],
  QLinearConv: [
    {
      inputs: [
        bytes("uint8", [1, 2, 5, 6]),
        scale,
        zero("uint8"),
        bytes("int8", [3, 2, 3, 3]),
        scale,
        constant("int8", [], [0]),
        scale,
        zero("uint8"),
      ],
      attrs: { pads: [1, 1, 1, 1] },
      typesOnly,
    },
  ],
  QuantizeLinear: [
    { inputs: [random([2, 3]), scale, zero("int8")], typesOnly },
    { inputs: [random([2, 3]), scale], typesOnly },
    { inputs: [random([2, 3]), scale], attrs: { output_dtype: 3 }, typesOnly },
  ],
};
