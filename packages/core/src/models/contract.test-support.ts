import { expect } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../checkpoint/safetensors.js";
import { gradients } from "../autodiff/index.js";
import { Tensor, toOnnx, verify } from "../graph/index.js";
import { attach, initialState, loadState, membersOf, Parameter, trace, type StateDict } from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { createBuilder } from "../ops/index.js";
import { lowerConvGradients, PORTABLE } from "../ops/lowering/index.js";
import { createNodeSession } from "../runtime/node.js";
import { formulaNumbers } from "../util/formula.test-support.js";
import { createRng, tensorFrom, type TensorData } from "../util/index.js";
import type { Heads, ModelDefinition } from "./index.js";

// What every network of the registry keeps.

/** Enough for every pooling and every level of a Laplacian pyramid, and no square. */
const SIZE = [64, 96] as const;

/**
 * Their deepest normalisations see eight values a channel at this size, where a small step is not small; the frozen
 * gradients of the fixtures hold their backward graphs.
 */
export const CHAOTIC: ReadonlySet<string> = new Set(["isnet", "isnet-gt"]);

/** They hold parts of their loss still (stop-gradient), so a step lowers it by more than the gradient says. */
const HELD_STILL: ReadonlySet<string> = new Set(["inspyrenet-res2net50", "inspyrenet-swinb"]);

const shapeOf = ({ channels = 3 }: ModelDefinition, batch = 1): readonly number[] => [
  batch,
  channels,
  ...SIZE,
];

/** Heads as defined, one channel each, the final one of the input's size. */
export function checkForward(definition: ModelDefinition): void {
  const { heads } = definition;
  const graph = trace(definition.create(), { image: { shape: shapeOf(definition) } }, { mode: "eval" });
  verify(graph);
  const shapes = new Map(graph.outputs.map(({ name, shape }) => [name, shape]));
  for (const head of heads.all) expect(shapes.get(head)?.slice(0, 2), head).toEqual([1, 1]);
  expect(shapes.get(heads.final)).toEqual([1, 1, ...SIZE]);
}

/** The training graph is legal: a scalar loss, and every parameter used and given a gradient of its shape. */
export function checkTrainingGraph(definition: ModelDefinition): void {
  const { graph, parameters } = trainingGraph(definition);
  verify(graph);
  expect(graph.outputs[0]!.shape).toEqual([]);
  const declared = membersOf(definition.create()).state.filter(({ item }) => item instanceof Parameter);
  expect(parameters.map(([path]) => path).sort()).toEqual(declared.map(({ path }) => path).sort());
  parameters.forEach(([path, value], i) => {
    expect(graph.outputs[i + 1]!.shape, path).toEqual(value.shape);
  });
}

/** A small step against the gradient lowers the loss by what the gradient says, at least. */
export async function checkDescent(definition: ModelDefinition): Promise<void> {
  const { graph, parameters } = trainingGraph(definition);
  const session = await createNodeSession(encodeModel(toOnnx(graph)), {
    inThread: "here",
    optimisation: "basic",
  });
  try {
    const state = initialState(definition.create(), createRng(5));
    const at = async (weights: StateDict): Promise<readonly TensorData[]> => {
      const feeds = session.inputs.map(({ name, shape }): [string, TensorData] => [
        name,
        weights.get(name) ?? inputFor(name, shape as readonly number[]),
      ]);
      const results = await session.run(Object.fromEntries(feeds));
      return graph.outputs.map(({ name }) => results[name]!);
    };
    const [loss, ...grads] = await at(state);
    const floats = ({ data }: TensorData): Float32Array => data as Float32Array;
    const squares = grads.reduce((sum, grad) => sum + floats(grad).reduce((s, g) => s + g * g, 0), 0);
    expect(Number.isFinite(squares) && squares > 0).toBe(true);
    // A hundredth of the loss along the gradient.
    const rate = (0.01 * floats(loss!)[0]!) / squares;
    const moved = new Map(state);
    parameters.forEach(([path], i) => {
      const [weights, grad] = [state.get(path)!, floats(grads[i]!)];
      moved.set(path, { ...weights, data: floats(weights).map((w, j) => w - rate * grad[j]!) });
    });
    const [after] = await at(moved);
    const drop = 1 - floats(after!)[0]! / floats(loss!)[0]!;
    expect(drop).toBeGreaterThan(0.003);
    expect(drop).toBeLessThan(HELD_STILL.has(definition.name) ? 0.1 : 0.02);
  } finally {
    await session.dispose();
  }
}

/** Weights through a safetensors file and constants of an optimised .onnx: the same heads. */
export async function checkReload(definition: ModelDefinition): Promise<void> {
  const model = definition.create();
  const state = initialState(model, createRng(7));
  const { tensors } = decodeSafetensors(encodeSafetensors(state));
  const blank = initialState(model, createRng(8));
  const { state: loaded, report } = loadState(model, { state: blank, from: tensors });
  expect(report).toEqual({ missing: [], unexpected: [], misshapen: [] });
  const image = inputFor("image", shapeOf(definition));
  const headsOf = async (weights: "inputs" | "constants", values: StateDict) => {
    const inputs = { image: { shape: shapeOf(definition) } };
    const graph = trace(definition.create(), inputs, { mode: "eval", weights, state: values });
    const session = await createNodeSession(encodeModel(toOnnx(graph)), { inThread: "here" });
    try {
      const feeds = session.inputs.map(({ name }): [string, TensorData] => [
        name,
        name === "image" ? image : values.get(name)!,
      ]);
      return await session.run(Object.fromEntries(feeds));
    } finally {
      await session.dispose();
    }
  };
  const [before, after] = [await headsOf("inputs", state), await headsOf("constants", loaded)];
  for (const head of definition.heads.all) {
    const [x, y] = [before[head]!.data as Float32Array, after[head]!.data as Float32Array];
    const worst = x.reduce((w, value, i) => Math.max(w, Math.abs(value - y[i]!)), 0);
    const scale = x.reduce((w, value) => Math.max(w, Math.abs(value)), 1e-3);
    expect(worst / scale, head).toBeLessThan(1e-3);
  }
}

function trainingGraph(definition: ModelDefinition) {
  const b = createBuilder();
  const model = definition.create();
  const input = (name: string, channels: number): Tensor =>
    new Tensor(b, b.input(name, "float32", [2, channels, ...SIZE]));
  const image = input("image", definition.channels ?? 3);
  const attached = attach(b, model, { mode: "train" });
  const heads: Heads = model(image);
  const trimap = definition.needsTrimap === true ? { trimap: input("trimap", 1) } : {};
  const loss = definition.loss(heads, { image, target: input("target", 1), ...trimap });
  const parameters = [...attached.parameters];
  const grads = gradients(
    b,
    loss.value,
    parameters.map(([, value]) => value),
  );
  const outputs = [loss.value, ...grads].map((value, i) => b.named(value, `out${i}`));
  return { graph: lowerConvGradients(b.build(outputs), { target: PORTABLE }), parameters };
}

/** Pictures, mattes with an unknown band, and masks that drop nothing. */
function inputFor(name: string, shape: readonly number[]): TensorData {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const noise = Float32Array.from(formulaNumbers(name, count));
  if (name.endsWith("mask")) return tensorFrom("float32", shape, new Float32Array(count).fill(1));
  if (name === "image") return tensorFrom("float32", shape, noise);
  const width = shape.at(-1)!;
  // A soft vertical edge.
  const alpha = noise.map((_, i) => Math.min(1, Math.max(0, ((i % width) - width / 2) / 8 + 0.5)));
  const known = alpha.map((a) => (a === 0 || a === 1 ? a : 0.5));
  return tensorFrom("float32", shape, name === "trimap" ? known : alpha);
}
