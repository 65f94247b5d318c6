import { describe, expect, test } from "vitest";
import { gradCheck, type RunGraph } from "../autodiff/index.js";
import { Tensor, verify, type Builder, type Value } from "../graph/index.js";
import { rules } from "../ops/index.js";
import { lowerGraph, PORTABLE } from "../ops/lowering/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { createRng, sizeOf, tensorFrom, type TensorData } from "../util/index.js";
import { functionCases, golden, layerCases } from "./cases.test-support.js";
import * as activation from "./functional/activation.js";
import * as attention from "./functional/attention.js";
import * as movement from "./functional/movement.js";
import * as pool from "./functional/pool.js";
import * as resize from "./functional/resize.js";
import { dropout, dropPath, layers, membersOf, Module, Parameter, sequential, type Layer } from "./index.js";
import { setContext } from "./parameter.js";

// Walks the registries: every layer, by its input and all its parameters, and every function has its gradient held
// to a central difference, in double precision where ONNX Runtime has the kernels.

/** Cases, by what they are about, with the shapes that they are tried on. */
interface Case {
  readonly name: string;
  readonly layer: Layer;
  readonly shape: readonly number[];
}

const fromLayers: Case[] = [
  ...Object.entries(layerCases).flatMap(([name, byCase]) =>
    Object.entries(byCase).map(([title, make]) => ({
      name: `${name}/${title}`,
      layer: make(),
      // Few numbers meet the corner in the middle of a sequence.
      shape: name === "sequential" ? [1, 4, 2, 1] : golden.layers[`${name}/${title}`]!.input,
    })),
  ),
  // Their masks are drawn outside the graph: for a gradient they are constants.
  { name: "dropout/elements", layer: dropout(0.4), shape: [2, 3, 4, 5] },
  { name: "dropout/channels", layer: dropout(0.4, { unit: "channel" }), shape: [2, 3, 4, 5] },
  { name: "dropPath/samples", layer: dropPath(0.3), shape: [4, 3, 2] },
];

const fromFunctions: Case[] = [
  ...Object.entries(functionCases).map(([name, layer]) => ({
    name,
    layer,
    shape: golden.functions[name]!.input,
  })),
  {
    name: "upTo",
    layer: (x) => resize.upTo(x, x.constant(tensorFrom("float32", [1, 1, 7, 9], new Float32Array(63)))),
    shape: [2, 3, 4, 5],
  },
];

/** Functions that another one's case calls. */
const WITHIN: Readonly<Record<string, string>> = { splitHeads: "attention", joinHeads: "attention" };

/** ONNX Runtime has no float64 kernels for what these, or their gradients, are made of. */
const SINGLE =
  /^(conv|groupNorm|instanceNorm|sequential|leakyRelu|prelu|elu|gelu|hardSigmoid|hardSwish|softplus|avgPool|global|resize|scale|up)/i;

const run: RunGraph = async (graph, feeds) => {
  const lowered = lowerGraph(graph, { target: PORTABLE });
  verify(lowered);
  const session = await openGraph(lowered);
  try {
    const results: (readonly TensorData[])[] = [];
    for (const feed of feeds) results.push(await session.run(feed));
    return results;
  } finally {
    await session.dispose();
  }
};

/** Numbers evenly spread over [-2, 2] in random order: none near another, nor near a corner of a function. */
function spread(shape: readonly number[], dtype: "float32" | "float64", seed: number): TensorData {
  const count = sizeOf(shape);
  const rng = createRng(seed);
  const values = Array.from({ length: count }, (_, i) => (4 * (i + 0.37)) / count - 2);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return tensorFrom(dtype, shape, values);
}

/** The layer on a tensor, its parameters bound to values that the check moves. */
function apply(b: Builder, layer: Layer, [x, ...weights]: readonly Value[]): Value {
  const parameters = parametersOf(layer);
  const input = new Tensor(b, x!);
  setContext(b, {
    training: true,
    bind: (declaration) => new Tensor(b, weights[parameters.indexOf(declaration as Parameter)]!),
    average: () => undefined,
    count: () => undefined,
    enter: (_, body) => body(),
    keepMask: (like, shape, keep) => {
      const rng = createRng(3);
      const mask = Array.from({ length: sizeOf(shape) }, () => (rng.uniform() < keep ? 1 / keep : 0));
      return like.constant(tensorFrom(like.dtype as "float64", shape, mask), "mask");
    },
  });
  return layer(input).value;
}

const parametersOf = (layer: Layer): readonly Parameter[] =>
  membersOf(layer instanceof Module ? (layer as Module) : sequential(layer)).state.flatMap(({ item }) =>
    item instanceof Parameter ? [item] : [],
  );

async function check({ layer, shape, name }: Case): Promise<void> {
  const dtype = SINGLE.test(name) ? "float32" : "float64";
  const inputs = [shape, ...parametersOf(layer).map((parameter) => parameter.shape)];
  const data = inputs.map((one, i) => spread(one, dtype, i + 1));
  await gradCheck((b, xs) => [apply(b, layer, xs)], data, { rules, run, rng: createRng(11) });
}

describe("layers", () => {
  test("every one has a case", () => {
    const covered = new Set(fromLayers.map(({ name }) => name.split("/")[0]));
    expect([...covered].sort()).toEqual(Object.keys(layers).sort());
  });

  test.each(fromLayers.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await expect(check(one)).resolves.toBeUndefined();
  });
});

describe("functions", () => {
  test("every one has a case", () => {
    const modules = [activation, attention, movement, pool, resize];
    const all = modules.flatMap((exports) => Object.keys(exports));
    const covered = new Set(fromFunctions.map(({ name }) => name.split(/[ ,]/)[0]!));
    expect(all.filter((name) => !covered.has(WITHIN[name] ?? name))).toEqual([]);
  });

  test.each(fromFunctions.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await expect(check(one)).resolves.toBeUndefined();
  });
});
