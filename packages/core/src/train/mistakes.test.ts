import { afterEach, describe, expect, test } from "vitest";
import type { Tensor } from "../graph/index.js";
import { mse } from "../losses/index.js";
import { batchNorm, cat, conv, initialState, maxPool2, Module, relu, sequential } from "../nn/index.js";
import { createRng, MattelierError, tensorFrom, type ErrorFacts } from "../util/index.js";
import { batchAt, formulaState, runHere, smallDefinition, type Overrides } from "./step.test-support.js";
import { planStep } from "./step-plan.js";
import { compileTrainStep, type TrainStep } from "./step.js";

// Every mistake names its place in the model, what was expected, what came, and what to do.

const opened: TrainStep[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((step) => step.dispose()));
});

async function factsOf(action: () => unknown): Promise<ErrorFacts> {
  try {
    await action();
  } catch (error) {
    if (error instanceof MattelierError) return error.toFacts();
    throw error;
  }
  throw new Error("no mistake was found");
}

async function open(overrides: Overrides = {}) {
  const definition = smallDefinition(overrides);
  const step = await compileTrainStep(definition, {
    runner: runHere,
    seed: 1,
    state: formulaState(definition.model),
  });
  opened.push(step);
  return step;
}

/** A network whose middle is what a test gets wrong. */
class Wrong extends Module {
  readonly enc = sequential(conv(3, 8), batchNorm(8), relu);
  readonly body: Module;
  readonly #use: (net: Wrong, x: Tensor) => Tensor;

  constructor(body: Module, use: (net: Wrong, x: Tensor) => Tensor = (net, x) => net.body(x)) {
    super();
    this.body = body;
    this.#use = use;
  }

  forward(x: Tensor): Tensor {
    return this.#use(this, this.enc(x));
  }
}

function planOf(model: Wrong, dtype: "float32" | "uint8" = "float32") {
  return planStep({
    model,
    inputs: { image: { shape: [1, 3, 8, 8], dtype } },
    loss: ({ image }) => model(image!).square().mean(),
    optimiser: { kind: "adam", lr: 1e-3 },
  });
}

describe("in the model", () => {
  test("channels that do not fit", async () => {
    expect(await factsOf(() => planOf(new Wrong(sequential(conv(8, 8), conv(16, 4)))))).toEqual({
      code: "shape-mismatch",
      where: "body.1: Conv",
      expected: "16 input channels for weights [4,16,3,3]",
      got: "[1,8,8,8]",
      fix: "the layer's input channels must be those that the layer before makes",
    });
  });

  test("sizes that do not fit", async () => {
    const model = new Wrong(conv(16, 4), (net, x) => net.body(cat(x, maxPool2(x))));
    const facts = await factsOf(() => planOf(model));
    expect(facts).toMatchObject({ code: "shape-mismatch", got: "[1,8,8,8] and [1,8,4,4]" });
    expect(facts.fix).toMatch(/pad, crop or resize/);
  });

  test("a normalisation for other channels", async () => {
    expect(await factsOf(() => planOf(new Wrong(batchNorm(4))))).toMatchObject({
      where: "body: BatchNormalization",
      expected: "scale of shape [8]",
      got: "[4]",
      fix: "make the layer for as many channels as come in",
    });
  });

  test("an element type that does not fit", async () => {
    expect(await factsOf(() => planOf(new Wrong(conv(8, 8)), "uint8"))).toMatchObject({
      code: "dtype-mismatch",
      where: "enc.0: Conv",
      expected: "operands of one element type",
      fix: expect.stringContaining("cast one of them") as string,
    });
  });

  test("a path without a gradient", async () => {
    const hard = (x: Tensor): Tensor => x.op("ArgMax", [], { axis: 1, keepdims: 1 }).cast("float32");
    const model = new Wrong(sequential(hard, conv(1, 1)));
    const definition = {
      model,
      inputs: { image: { shape: [1, 3, 8, 8] } },
      loss: ({ image }: Readonly<Record<"image", Tensor>>) => model(image).mean(),
      optimiser: { kind: "adam", lr: 1e-3 },
    } as const;
    expect(await factsOf(() => planStep(definition))).toMatchObject({
      code: "not-differentiable",
      where: "body.0: ArgMax",
      expected: expect.stringContaining("a differentiable path from the loss to enc.") as string,
      fix: expect.stringContaining("stopGradient") as string,
    });
  });

  test("a layer that no field leads to", async () => {
    const model = new Wrong(conv(8, 8), (_, x) => conv(8, 4)(x));
    expect(await factsOf(() => planOf(model))).toMatchObject({
      code: "invalid-model",
      expected: "modules and parameters that are fields of the model",
      fix: expect.stringContaining("make it in a field") as string,
    });
  });
});

describe("in the definition", () => {
  test("a loss that is not one number", async () => {
    const definition = smallDefinition();
    const wrong = {
      ...definition,
      loss: ({ image }: Readonly<Record<"image", Tensor>>) => definition.model(image),
    };
    expect(await factsOf(() => planStep(wrong))).toMatchObject({
      code: "shape-mismatch",
      expected: "a loss that is one float",
      got: "float32[2,1,12,12]",
      fix: "take its mean or sum",
    });
  });

  test.each([
    ["freeze", { freeze: ["bodi"] }, 'did you mean "body"?'],
    ["recompute", { recompute: ["body.4"] }, 'did you mean "body.0"?'],
    ["evaluate", { evaluate: ["down.norm"] }, undefined],
  ])("an unknown path to %s", async (name, overrides, fix) => {
    const facts = await factsOf(() => planStep(smallDefinition(overrides)));
    expect(facts.code).toBe("unknown-name");
    expect(facts.where).toContain(name);
    expect(facts.expected).toContain("body.0.weight");
    if (fix !== undefined) expect(facts.fix).toBe(fix);
  });

  test("a group of parameters that there are not", async () => {
    const options = { groups: [{ match: "bodi.", lr: 0.1 }] };
    expect(await factsOf(() => planStep(smallDefinition({ options })))).toMatchObject({
      where: 'parameter group "bodi."',
      expected: "to match a trained parameter",
      fix: expect.stringContaining("paths look like down.0.weight") as string,
    });
  });

  test("nothing left to train", async () => {
    expect(await factsOf(() => planStep(smallDefinition({ freeze: () => true })))).toMatchObject({
      code: "invalid-argument",
      expected: "a parameter to train that the loss depends on",
      fix: expect.stringContaining("do not freeze everything") as string,
    });
  });

  test("weights of another model", async () => {
    const definition = smallDefinition();
    const other = initialState(sequential(conv(3, 8)), createRng(1));
    const facts = await factsOf(() =>
      compileTrainStep(definition, { runner: runHere, seed: 1, state: other }),
    );
    expect(facts).toMatchObject({ code: "invalid-data", where: "state dict" });
    expect(facts.got).toMatch(/missing \(down\.0\.weight, .*unexpected \(0\.weight, 0\.bias\)/);
  });
});

describe("in a batch", () => {
  test("a shape, an element type, a name, a missing tensor", async () => {
    const step = await open();
    const { image, target } = batchAt(0);
    const small = tensorFrom("float32", [1, 1, 2, 2], [0, 0, 0, 0]);
    expect(await factsOf(() => step.step({ image, target: small }))).toMatchObject({
      code: "shape-mismatch",
      where: "training step, input target",
      expected: "float32[2,1,12,12]",
      got: "float32[1,1,2,2]",
      fix: expect.stringContaining("the model takes image: float32[2,3,12,12]") as string,
    });
    const bytes = { ...image, dtype: "uint8", data: new Uint8Array(image.data.length) } as const;
    expect(await factsOf(() => step.step({ image: bytes, target }))).toMatchObject({
      code: "dtype-mismatch",
      where: "training step, input image",
    });
    const misnamed = { image, traget: target } as unknown as { image: typeof image; target: typeof image };
    expect(await factsOf(() => step.step(misnamed))).toMatchObject({
      code: "unknown-name",
      fix: 'did you mean "target"?',
    });
    expect(await factsOf(() => step.step({ image } as never))).toMatchObject({ got: "none for target" });
    expect(await factsOf(() => step.step([]))).toMatchObject({ got: "an empty array" });
    // None of them was a step.
    expect((await step.step({ image, target })).step).toBe(1);
  });

  test("an output and an evaluation that there are not", async () => {
    const step = await open();
    expect(await factsOf(() => step.step(batchAt(0), { fetch: ["logit"] }))).toMatchObject({
      where: "output of the objective",
      fix: 'did you mean "logits"?',
    });
    expect(await factsOf(() => step.evaluate("mate" as "matte", batchAt(0)))).toMatchObject({
      where: "evaluation",
      fix: 'did you mean "matte"?',
    });
    const { image } = batchAt(0);
    expect(await factsOf(() => step.evaluate("matte", { image }, { average: true }))).toMatchObject({
      expected: "a moving average of the weights",
      fix: "set options.emaDecay, such as 0.999",
    });
    expect(await factsOf(() => step.evaluate("matte", { image }, { fetch: ["logit"] }))).toMatchObject({
      where: "output of evaluation matte",
      fix: 'did you mean "logits"?',
    });
  });
});

describe("a number that is not finite stops the run", () => {
  const numbers = (state: ReadonlyMap<string, { data: ArrayLike<unknown> }>) =>
    Array.from(state, ([path, { data }]) => [path, Array.from(data)]);

  test("made within the model: the step, the learning rate and the layer", async () => {
    class Exploding extends Module {
      readonly enc = sequential(conv(1, 2), relu);
      readonly head = sequential(
        (x: Tensor) => x.mul(1e30),
        conv(2, 1),
        (x: Tensor) => x.mul(1e30),
      );
      forward(x: Tensor): Tensor {
        return this.head(this.enc(x));
      }
    }
    const model = new Exploding();
    const step = await compileTrainStep(
      {
        model,
        inputs: { x: { shape: [1, 1, 4, 4] } },
        loss: ({ x }) => model(x).mean(),
        optimiser: { kind: "sgd", lr: 0.25 },
      },
      { runner: runHere, seed: 3 },
    );
    opened.push(step);
    const before = numbers(await step.modelState());
    const x = tensorFrom("float32", [1, 1, 4, 4], new Float32Array(16).fill(1));
    expect(await factsOf(() => step.step({ x }, { lr: 0.125 }))).toEqual({
      code: "not-finite",
      where: "training step 1 (learning rate 0.125)",
      expected: "a finite loss",
      got: expect.stringMatching(/^(-?Infinity|NaN), first in head\.2 \(Mul\)$/) as string,
      fix: expect.stringContaining("lower the learning rate") as string,
    });
    expect(numbers(await step.modelState())).toEqual(before);
  });

  test("in the data: the input, and nothing of the model has moved", async () => {
    const step = await open();
    await step.step(batchAt(0));
    const before = numbers(await step.modelState());
    const { image, target } = batchAt(1);
    const data = (image.data as Float32Array).slice();
    data[17] = NaN;
    const facts = await factsOf(() => step.step([batchAt(2), { image: { ...image, data }, target }]));
    expect(facts).toMatchObject({ where: "training step 2 (learning rate 0.1)", got: "NaN, first in image" });
    expect(numbers(await step.modelState())).toEqual(before);
    expect((await step.step(batchAt(1))).step).toBe(2);
  });

  test("in a weight: its path", async () => {
    const step = await open();
    const state = new Map(await step.modelState());
    const weight = state.get("body.0.weight")!;
    state.set("body.0.weight", { ...weight, data: new Float32Array(weight.data.length).fill(Infinity) });
    await step.restore({ model: state });
    expect((await factsOf(() => step.step(batchAt(0)))).got).toBe("NaN, first in body.0.weight");
  });

  test("in the gradient, where it is clipped: the parameter", async () => {
    class Root extends Module {
      readonly body = conv(1, 1, {
        kernel: 1,
        init: { weight: (s) => new Float32Array(s.length === 4 ? 1 : 0) },
      });
      forward(x: Tensor): Tensor {
        return this.body(x).sub(this.body.bias!.in(x.b)).abs().sqrt(); // slope ∞ at 0
      }
    }
    const model = new Root();
    const step = await compileTrainStep(
      {
        model,
        inputs: { x: { shape: [1, 1, 2, 2] } },
        loss: ({ x }) => mse(model(x), x.mul(0)).add(model(x).sum()),
        optimiser: { kind: "sgd", lr: 0.5 },
        options: { clipNorm: 1 },
      },
      { runner: runHere, seed: 3 },
    );
    opened.push(step);
    const facts = await factsOf(() => step.step({ x: tensorFrom("float32", [1, 1, 2, 2], [1, 2, 3, 4]) }));
    expect(facts).toMatchObject({
      where: "training step 1 (learning rate 0.5)",
      expected: "a finite gradient",
    });
    expect(facts.got).toContain("first in body.weight");
  });
});

test("states that are not of this step", async () => {
  const step = await open();
  const optimiser = new Map(await step.optimiserState());
  optimiser.delete("v/body.0.weight");
  expect(await factsOf(() => step.restore({ optimiser }))).toMatchObject({
    code: "invalid-data",
    where: "state of optimiser sgd",
    expected: "an entry v/body.0.weight",
  });
  const model = new Map(await step.modelState());
  model.set("body.0.weigth", model.get("body.0.weight")!);
  model.delete("body.0.weight");
  expect((await factsOf(() => step.restore({ model }))).got).toBe(
    "1 missing (body.0.weight); 1 unexpected (body.0.weigth)",
  );
});
