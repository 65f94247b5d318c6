import { gradients } from "../autodiff/index.js";
import { Builder, Tensor, toOnnx, verify } from "../graph/index.js";
import { attach, namedTensors, type Attached } from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { createBuilder, rules } from "../ops/index.js";
import { lowerConvGradients, PORTABLE } from "../ops/lowering/index.js";
import { createNodeSession } from "../runtime/node.js";
import { tensorFrom, type TensorData } from "../util/index.js";
import type { Heads, ModelDefinition } from "./index.js";
import type { Fixture } from "./fixtures.test-support.js";
import { withoutKinks } from "./smooth-stand-ins.test-support.js";

export interface Run {
  readonly outputs: Readonly<Record<string, TensorData>>;
  readonly attached: Attached;
}

export interface RunOptions {
  readonly mode: "train" | "eval";
  readonly state: ReadonlyMap<string, TensorData>;
  /** Also the paper's loss, and every parameter's gradient as `gradient:path`. */
  readonly loss: boolean;
  /** Softplus for every rectifier, average pooling for max pooling. Default false. */
  readonly smooth?: boolean;
}

/** Record a network on a fixture's input, and run it once. */
export async function runFixture(
  definition: ModelDefinition,
  fixture: Fixture,
  { mode, state, loss, smooth = false }: RunOptions,
): Promise<Run> {
  const { batch, height, width } = fixture;
  let b = createBuilder();
  const model = definition.create();
  const input = (name: string, channels: number): Tensor =>
    new Tensor(b, b.input(name, "float32", [batch, channels, height, width]));
  const image = input("image", definition.channels ?? 3);
  // The fixtures' networks drop no branch.
  const attached = attach(b, model, { mode, frozen: (path) => path.includes("drop_path") });
  const heads: Heads = model(image);
  const outputs = new Map(namedTensors(heads).map(([name, { value }]) => [name, value]));
  const feeds: Record<string, TensorData> = {
    image: fixture.tensors.get(definition.channels === 1 ? "target" : "input")!,
  };
  if (loss) {
    const target = input("target", 1);
    const trimap = definition.needsTrimap === true ? { trimap: input("trimap", 1) } : {};
    const total = definition.loss(heads, { image, target, ...trimap });
    outputs.set("loss", total.value);
    if (smooth) b = Builder.from(withoutKinks(b.build([...outputs.values()])), rules);
    const parameters = [...attached.parameters];
    const values = parameters.map(([, value]) => value);
    const byParameter = gradients(b, total.value, values);
    parameters.forEach(([path], i) => outputs.set(`gradient:${path}`, byParameter[i]!));
    for (const { path, value } of attached.averages) outputs.set(`average:${path}`, value);
    feeds["target"] = fixture.tensors.get("target")!;
    feeds["trimap"] = trimapOf(feeds["target"]);
  }
  const recorded = b.build([...outputs.values()].map((value, i) => b.named(value, `out${i}`)));
  const graph = lowerConvGradients(recorded, { target: PORTABLE });
  verify(graph);
  const session = await createNodeSession(encodeModel(toOnnx(graph)), {
    inThread: "here",
    optimisation: "basic",
  });
  try {
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

function trimapOf({ shape, data }: TensorData): TensorData {
  const known = Array.from(data as Float32Array, (a) => (a === 0 || a === 1 ? a : 0.5));
  return tensorFrom("float32", shape, known);
}
