import { toOnnx, type Tensor } from "@mattelier/core/graph";
import { mse } from "@mattelier/core/losses";
import { init, Module, Parameter, trace } from "@mattelier/core/nn";
import { writeModelFile } from "@mattelier/core/onnx/file";
import { createNodeSession } from "@mattelier/core/runtime/node";
import { createNodeTrainStep } from "@mattelier/core/train/node";
import { tensorFrom } from "@mattelier/core/util";

// A network of two parameters: y = slope·x + offset.
class Line extends Module {
  readonly slope = new Parameter([1], init.zeros);
  readonly offset = new Parameter([1], init.zeros);

  forward(x: Tensor): Tensor {
    return x.mul(this.slope).add(this.offset);
  }
}

// Model, loss and optimiser become one ONNX graph, which runs in a thread of its own.
const line = new Line();
const training = await createNodeTrainStep(
  {
    model: line,
    inputs: { x: { shape: [5] }, y: { shape: [5] } },
    loss: ({ x, y }) => mse(line(x), y),
    optimiser: { kind: "sgd", lr: 0.5 },
  },
  { seed: 1 },
);
const x = tensorFrom("float32", [5], [-1, -0.5, 0, 0.5, 1]);
const y = tensorFrom("float32", [5], [-1, 0.5, 2, 3.5, 5]); // 3x + 2
for (let i = 0; i < 10; i++) console.log((await training.step({ x, y })).loss);
const state = await training.modelState();
await training.dispose();

// The model that trained is the model that ships.
const graph = trace(line, { x: { shape: ["n"] } }, { mode: "eval", weights: "constants", state });
await writeModelFile("line.onnx", toOnnx(graph));

const session = await createNodeSession("line.onnx");
const { output } = await session.run({ x: tensorFrom("float32", [2], [10, 100]) });
console.log(output?.data); // nearly 32 and 302
await session.dispose();
