import { describe, expect, test } from "vitest";
import { gradients } from "../autodiff/index.js";
import { Tensor, toOnnx, verify, type Graph } from "../graph/index.js";
import { attach, namedTensors, parameterCount, type Attached } from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { createBuilder } from "../ops/index.js";
import { lowerConvGradients, PORTABLE } from "../ops/lowering/index.js";
import { createNodeSession } from "../runtime/node.js";
import { tensorFrom, type TensorData } from "../util/index.js";
import { architecture, type Heads, type ModelDefinition } from "./index.js";
import {
  fixturesAreHere,
  formulaState,
  momentsOf,
  readFixture,
  summaryOf,
  type Fixture,
} from "./fixtures.test-support.js";

/** Fixture → our name of the network. */
const NETWORKS = {
  u2netp: "u2netp",
  u2net: "u2net",
  isnet: "isnet",
  isnet_gt: "isnet-gt",
  modnet: "modnet",
} as const;

interface Run {
  readonly outputs: Readonly<Record<string, TensorData>>;
  readonly attached: Attached;
}

/** Record a network, and with `loss` its paper's loss and every parameter's gradient; run it once. */
async function run(
  definition: ModelDefinition,
  fixture: Fixture,
  { mode, state, loss }: { mode: "train" | "eval"; state: ReadonlyMap<string, TensorData>; loss: boolean },
): Promise<Run> {
  const { batch, height, width } = fixture;
  const b = createBuilder();
  const model = definition.create();
  const input = (name: string, channels: number): Tensor =>
    new Tensor(b, b.input(name, "float32", [batch, channels, height, width]));
  const image = input("image", definition.channels ?? 3);
  const attached = attach(b, model, { mode });
  const heads: Heads = model(image);
  const outputs = new Map(namedTensors(heads).map(([name, { value }]) => [name, value]));
  const feeds: Record<string, TensorData> = {};
  if (loss) {
    const target = input("target", 1);
    const trimap = input("trimap", 1);
    const total = definition.loss(heads, {
      image,
      target,
      ...(definition.needsTrimap === true ? { trimap } : {}),
    });
    outputs.set("loss", total.value);
    const parameters = [...attached.parameters];
    const byParameter = gradients(
      b,
      total.value,
      parameters.map(([, value]) => value),
    );
    parameters.forEach(([path], i) => outputs.set(`gradient:${path}`, byParameter[i]!));
    for (const { path, value } of attached.averages) outputs.set(`average:${path}`, value);
    const matte = fixture.tensors.get("target")!;
    feeds["target"] = matte;
    feeds["trimap"] = tensorFrom(
      "float32",
      matte.shape,
      Array.from(matte.data as Float32Array, (a) => (a === 0 ? 0 : a === 1 ? 1 : 0.5)),
    );
  }
  const graph = named(b.build([...outputs.values()].map((value, i) => b.named(value, `out${i}`))));
  verify(graph);
  const session = await createNodeSession(encodeModel(toOnnx(graph)), {
    inThread: "here",
    optimisation: "basic",
  });
  try {
    feeds["image"] = fixture.tensors.get(definition.channels === 1 ? "target" : "input")!;
    for (const [path, value] of [...attached.parameters, ...attached.buffers])
      feeds[value.name] = state.get(path)!;
    const wanted = Object.fromEntries(session.inputs.map(({ name }) => [name, feeds[name]!]));
    const results = await session.run(wanted);
    return {
      attached,
      outputs: Object.fromEntries([...outputs.keys()].map((name, i) => [name, results[`out${i}`]!])),
    };
  } finally {
    await session.dispose();
  }
}

const named = (graph: Graph): Graph => lowerConvGradients(graph, { target: PORTABLE });
const floats = ({ data }: TensorData): Float32Array => data as Float32Array;

function expectHeads(
  outputs: Run["outputs"],
  fixture: Fixture,
  { mode, heads }: { mode: string; heads: ModelDefinition["heads"] },
): void {
  for (const head of heads.all) {
    const expected = fixture.tensors.get(`${mode}.${head}`)!;
    const got = outputs[head]!;
    expect(got.shape, head).toEqual(expected.shape);
    // Logits by their spread, mattes absolutely.
    const tolerance = heads.kind === "logits" ? 1e-3 * momentsOf(floats(expected))[1] : 1e-4;
    const worst = floats(got).reduce((w, x, i) => Math.max(w, Math.abs(x - floats(expected)[i]!)), 0);
    expect(worst, `${mode} ${head}`).toBeLessThan(tolerance);
  }
}

describe.skipIf(!fixturesAreHere).each(Object.entries(NETWORKS))(
  "%s against PyTorch (skipped where ../shared is absent)",
  (file, name) => {
    const fixture = readFixtureOnce(file);
    const definition = architecture(name);

    test("state dict, key for key and shape for shape", () => {
      const state = formulaState(definition.create(), 1);
      const own = new Map([...state].map(([key, { shape, dtype }]) => [key, [shape, dtype]]));
      const official = fixture().state_dict;
      const [alias, target] = Object.entries(definition.aliases ?? {})[0] ?? ["\0", ""];
      const keys = official.map(([key, shape, dtype]) => {
        const path = key.startsWith(alias) ? target + key.slice(alias.length) : key;
        expect(own.get(path), key).toEqual([shape, dtype]);
        return path;
      });
      expect([...own.keys()]).toEqual([...new Set(keys)]);
      expect(parameterCount(definition.create())).toBe(fixture().parameters);
    });

    test("every head in evaluation mode", async () => {
      const state = formulaState(definition.create(), fixture().gain_eval);
      const { outputs } = await run(definition, fixture(), { mode: "eval", state, loss: false });
      expectHeads(outputs, fixture(), { mode: "eval", heads: definition.heads });
    });

    test("heads, loss, gradients and running statistics of a training step, and the loss after it", async () => {
      const { gain_train: gain, loss_trajectory: losses, gradients: expected, optimizer } = fixture();
      const state = formulaState(definition.create(), gain);
      const { outputs, attached } = await run(definition, fixture(), { mode: "train", state, loss: true });
      expectHeads(outputs, fixture(), { mode: "train", heads: definition.heads });
      expect(floats(outputs["loss"]!)[0]! / losses[0]! - 1).toBeCloseTo(0, 4);

      const total = Math.hypot(...Object.values(expected).map(([norm]) => norm));
      for (const [path, [norm, probe]] of Object.entries(expected)) {
        const [gotNorm, gotProbe] = summaryOf(path, floats(outputs[`gradient:${path}`]!));
        // A convolution's bias before a normalisation has no gradient but rounding: measure against the whole.
        const scale = Math.max(norm, 1e-5 * total);
        expect(Math.abs(gotNorm - norm) / scale, `norm of ${path}`).toBeLessThan(1e-3);
        expect(Math.abs(gotProbe - probe) / scale, `probe of ${path}`).toBeLessThan(1e-3);
      }

      for (const { path, momentum } of attached.averages) {
        const before = floats(state.get(path)!);
        const batch = floats(outputs[`average:${path}`]!);
        const after = before.map((x, i) => (1 - momentum) * x + momentum * batch[i]!);
        const [mean, deviation] = fixture().running_stats_after_one_forward[path]!;
        const [gotMean, gotDeviation] = momentsOf(after);
        expect(Math.abs(gotMean - mean), `mean of ${path}`).toBeLessThan(1e-4 * Math.max(1, Math.abs(mean)));
        expect(Math.abs(gotDeviation - deviation), `deviation of ${path}`).toBeLessThan(
          1e-4 * Math.max(1, deviation),
        );
      }

      const stepped = new Map(state);
      for (const path of attached.parameters.keys()) {
        const gradient = floats(outputs[`gradient:${path}`]!);
        const weights = floats(state.get(path)!);
        // The first step of Adam moves by lr·g/(|g| + ε), that of SGD by lr·g.
        const move = (g: number): number => (optimizer.kind === "adam" ? g / (Math.abs(g) + 1e-8) : g);
        const data = weights.map((w, i) => w - optimizer.lr * move(gradient[i]!));
        stepped.set(path, { ...state.get(path)!, data });
      }
      const second = await run(definition, fixture(), { mode: "train", state: stepped, loss: true });
      expect(floats(second.outputs["loss"]!)[0]! / losses[1]! - 1).toBeCloseTo(0, 2.5);
    });
  },
);

function readFixtureOnce(file: string): () => Fixture {
  let fixture: Fixture | undefined;
  return () => (fixture ??= readFixture(file));
}
