// Models that went through the graph and back run in ONNX Runtime as they did before.
import { Tensor, InferenceSession } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { DATA_TYPE_CODES } from "../onnx/data-types.js";
import { decodeModel, encodeModel } from "../onnx/model.js";
import { ATTRIBUTE_TYPES, type ModelProto, type TensorProto } from "../onnx/schema.js";
import { protoOfTensor } from "../onnx/tensor.js";
import { arrayConstructor, type DType } from "../util/dtype.js";
import { fromOnnx } from "./from-onnx.js";
import { inferTypes } from "./infer-types.js";
import { floats, info, model, node, withBranches } from "./onnx-models.test-support.js";
import type { RuleTable } from "./builder.js";
import { toOnnx } from "./to-onnx.js";
import { verify } from "./verify.js";

/** Knows nothing but that Add, Mul, Neg and Identity keep their first input's type. */
const rules = new Proxy({} as RuleTable, {
  get: (_, op: string) => ({
    infer: ({ inputs: [x] }: { inputs: readonly { type: unknown }[] }) =>
      ["Add", "Mul", "Neg", "Identity", "Relu"].includes(op) ? x!.type : [],
  }),
});

type Feeds = Record<string, Tensor>;

async function run(bytes: Uint8Array, feeds: Feeds): Promise<unknown> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  try {
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [name, { type, dims, data }]),
    );
  } finally {
    await session.release();
  }
}

async function expectSame(original: ModelProto, feeds: Feeds): Promise<unknown> {
  const bytes = encodeModel(original);
  const graph = inferTypes(fromOnnx(decodeModel(bytes)), rules);
  verify(graph);
  const expected = await run(bytes, feeds);
  expect(await run(encodeModel(toOnnx(graph)), feeds)).toEqual(expected);
  return expected;
}

const x = (...values: number[]): Feeds => ({ x: new Tensor("float32", values, [values.length]) });

describe("in ONNX Runtime", () => {
  it.each([true, false])("branches that capture values, condition %s", async (c) => {
    const feeds = { ...x(3, 5), c: new Tensor("bool", [c], []) };
    const results = await expectSame(withBranches(), feeds);
    expect(results).toMatchObject({ y: { data: Float32Array.from(c ? [5, 9] : [6, 20]) } });
  });

  it.each([7, 9, 11, 13, 15, 17, 19, 21, 23, 24])("opset %i", async (version) => {
    const original = model(
      {
        node: [node("Relu", ["x"], ["h"]), node("Add", ["h", "w"], ["y"])],
        initializer: [floats("w", [2], [1, 2])],
        input: [info("x", "float32", [2]), ...(version < 9 ? [info("w", "float32", [2])] : [])],
        output: [info("y", "float32", [2])],
      },
      { irVersion: version < 9 ? 3 : 8, opsetImport: [{ version }] },
    );
    await expectSame(original, x(-1, 1));
  });

  it("functions of the model's own", async () => {
    const original = model(
      {
        node: [node("Twice", ["x"], ["y"], { domain: "custom" })],
        input: [info("x", "float32", [2])],
        output: [info("y", "float32", [2])],
      },
      {
        opsetImport: [{ version: 21 }, { domain: "custom", version: 1 }],
        functions: [
          {
            name: "Twice",
            domain: "custom",
            input: ["a"],
            output: ["b"],
            node: [node("Add", ["a", "a"], ["b"])],
            opsetImport: [{ version: 21 }],
          },
        ],
      },
    );
    await expectSame(original, x(1, 2));
  });

  it("sparse and 8-bit float constants", async () => {
    const sparse = {
      values: floats("s", [1], [5]),
      indices: { dims: [1], dataType: 7, int64Data: BigInt64Array.of(1n) },
      dims: [2],
    };
    const float8: TensorProto = { dims: [2], dataType: 17, name: "f8", rawData: Uint8Array.of(0x38, 0xc0) };
    const original = model({
      node: [
        node("Cast", ["f8"], ["f"], { attribute: [{ name: "to", i: 1, type: ATTRIBUTE_TYPES.int }] }),
        node("Add", ["x", "s"], ["xs"]),
        node("Add", ["xs", "f"], ["y"]),
      ],
      initializer: [float8],
      sparseInitializer: [sparse],
      input: [info("x", "float32", [2])],
      output: [info("y", "float32", [2])],
    });
    expect(await expectSame(original, x(1, 2))).toMatchObject({ y: { data: Float32Array.of(2, 5) } });
  });

  it("nodes that the file has out of order", async () => {
    const original = model({
      node: [node("Neg", ["h"], ["y"]), node("Add", ["x", "x"], ["h"])],
      input: [info("x", "float32", [1])],
      output: [info("y", "float32", [1])],
    });
    expect(await expectSame(original, x(2))).toMatchObject({ y: { data: Float32Array.of(-4) } });
  });

  it("open sizes", async () => {
    const original = model({
      node: [node("Relu", ["x"], ["y"])],
      input: [info("x", "float32", [null])],
      output: [info("y", "float32", ["n"])],
    });
    await expectSame(original, x(1, -1, 2));
  });

  // bfloat16 and 4-bit results have no arrays in the JavaScript API: those are cast on the way out.
  const viaCast: Partial<Record<DType, DType>> = { bfloat16: "float32", int4: "int32", uint4: "int32" };

  it.each(Object.keys(DATA_TYPE_CODES) as DType[])(
    "%s constants, raw and in the schema's lists",
    async (dtype) => {
      const raw = constant(dtype);
      for (const tensor of [raw, asList(raw, dtype)]) {
        const type = viaCast[dtype] ?? dtype;
        const cast = { attribute: [{ name: "to", i: DATA_TYPE_CODES[type], type: ATTRIBUTE_TYPES.int }] };
        const original = model({
          node: [dtype === type ? node("Identity", ["w"], ["y"]) : node("Cast", ["w"], ["y"], cast)],
          initializer: [tensor],
          output: [info("y", type, [4])],
        });
        await expectSame(original, {});
      }
    },
  );
});

function constant(dtype: DType): TensorProto {
  if (dtype === "string") return protoOfTensor({ dtype, shape: [4], data: ["a", "", "ü", "z"] }, "w");
  const count = dtype === "int4" || dtype === "uint4" ? 2 : 4;
  const make = arrayConstructor(dtype);
  const bytes = Uint8Array.from({ length: count * make.BYTES_PER_ELEMENT }, (_, i) => (i * 29) % 100);
  const data = dtype === "bool" ? Uint8Array.of(1, 0, 0, 1) : new make(bytes.buffer);
  return protoOfTensor({ dtype, shape: [4], data }, "w");
}

/** The same tensor with its numbers in a typed list in place of raw bytes. */
function asList({ rawData, ...rest }: TensorProto, dtype: DType): TensorProto {
  if (dtype === "string" || rawData === undefined) return rest;
  const data = new (arrayConstructor(dtype))(new Uint8Array(rawData).buffer);
  switch (dtype) {
    case "float32":
      return { ...rest, floatData: data as Float32Array };
    case "float64":
      return { ...rest, doubleData: data as Float64Array };
    case "int64":
      return { ...rest, int64Data: data as BigInt64Array };
    case "uint32":
    case "uint64":
      return { ...rest, uint64Data: BigUint64Array.from(Array.from(data as Uint32Array, BigInt)) };
    default:
      return { ...rest, int32Data: Int32Array.from(data as Int32Array) };
  }
}
