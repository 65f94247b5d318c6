import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Attribute, Graph, Node, Value } from "../graph/index.js";
import { DATA_TYPE_CODES, splitOpName } from "../onnx/index.js";
import type { NumericArray, TensorData } from "../util/index.js";

// A minimal writer of ONNX, enough for test graphs.
type Field = readonly [number, number | bigint | string | Uint8Array | readonly Field[] | { float: number }];

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function message(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.map(([id, value]) => {
      if (typeof value === "number" || typeof value === "bigint")
        return Buffer.from([...varint(id * 8), ...varint(value)]);
      if (typeof value === "object" && "float" in value) {
        const bytes = Buffer.alloc(4);
        bytes.writeFloatLE(value.float);
        return Buffer.concat([Buffer.from(varint(id * 8 + 5)), bytes]);
      }
      const body =
        typeof value === "string" ? Buffer.from(value) : value instanceof Uint8Array ? value : message(value);
      return Buffer.concat([Buffer.from([...varint(id * 8 + 2), ...varint(body.length)]), body]);
    }),
  );
}

function tensor({ dtype, shape, data }: TensorData, name: string): Field[] {
  const raw = data as Uint8Array;
  return [
    ...shape.map((dim): Field => [1, dim]),
    [2, DATA_TYPE_CODES[dtype]],
    [8, name],
    [9, new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)],
  ];
}

function attribute(name: string, a: Attribute): Field[] {
  switch (a.kind) {
    case "int":
      return [
        [1, name],
        [20, 2],
        [3, a.value],
      ];
    case "float":
      return [
        [1, name],
        [20, 1],
        [2, { float: a.value }],
      ];
    case "string":
      return [
        [1, name],
        [20, 3],
        [4, a.value],
      ];
    case "tensor":
      return [
        [1, name],
        [20, 4],
        [5, tensor(a.value, "")],
      ];
    case "ints":
      return [[1, name], [20, 7], ...a.value.map((v): Field => [8, v])];
    case "floats":
      return [[1, name], [20, 6], ...a.value.map((v): Field => [7, { float: v }])];
    default:
      throw new Error(`attribute ${name} of kind ${a.kind}`);
  }
}

function node({ op, inputs, outputs, attributes }: Node): Field[] {
  const { domain, opType } = splitOpName(op);
  return [
    ...inputs.map((v): Field => [1, v?.name ?? ""]),
    ...outputs.map((v): Field => [2, v?.name ?? ""]),
    // Names must be unique; values' are.
    [3, outputs.find((v) => v !== undefined)?.name ?? ""],
    [4, opType],
    ...Object.entries(attributes).map(([name, a]): Field => [5, attribute(name, a)]),
    [7, domain],
  ];
}

function valueInfo(value: Value, withShape: boolean): Field[] {
  const dims = value.shape.map((dim): Field => [1, [typeof dim === "number" ? [1, dim] : [2, dim]]]);
  const shape: Field[] = withShape ? [[2, dims]] : [];
  return [
    [1, value.name],
    [2, [[1, [[1, DATA_TYPE_CODES[value.dtype]], ...shape]]]],
  ];
}

/** The graph as .onnx bytes. Outputs are written without shapes, so that ONNX Runtime infers them itself. */
export function encode(graph: Graph): Uint8Array {
  return message([
    [1, 10],
    ...Object.entries(graph.opsets).map(([domain, version]): Field => [
      8,
      [
        [1, domain],
        [2, version],
      ],
    ]),
    [
      7,
      [
        [2, graph.name],
        ...graph.nodes.map((n): Field => [1, node(n)]),
        ...graph.initialisers.map((v): Field => [5, tensor(v.constant!, v.name)]),
        ...graph.inputs.map((v): Field => [11, valueInfo(v, true)]),
        ...graph.outputs.map((v): Field => [12, valueInfo(v, false)]),
      ],
    ],
  ]);
}

/** A graph in ONNX Runtime. */
export interface RunningGraph {
  /** Outputs in the graph's order. */
  run(feeds: ReadonlyMap<Value, TensorData>): Promise<readonly TensorData[]>;
  dispose(): Promise<void>;
}

/** Load a graph into ONNX Runtime, unoptimised unless told otherwise. */
export async function openGraph(
  graph: Graph,
  options: InferenceSession.SessionOptions = {},
): Promise<RunningGraph> {
  const session = await InferenceSession.create(encode(graph), {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
    ...options,
  });
  return {
    async run(feeds) {
      const tensors = [...feeds].map(([{ name }, { dtype, shape, data }]) => {
        return [name, new Tensor(dtype as "float32", data as Float32Array, shape)] as const;
      });
      const results = await session.run(Object.fromEntries(tensors));
      return graph.outputs.map(({ name }) => {
        const { type, dims, data } = results[name]!;
        return { dtype: type, shape: dims, data: data as NumericArray };
      });
    },
    dispose: () => session.release(),
  };
}
