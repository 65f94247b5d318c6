import { describe, expect, it } from "vitest";
import { formulaTensor } from "../util/formula.test-support.js";
import { createRng, tensorFrom, type TensorData } from "../util/index.js";
import {
  formulaState,
  functionCases,
  golden,
  layerCases,
  summaryError,
  type FunctionGolden,
} from "./cases.test-support.js";
import { initialState, Module, sequential, trace, type Layer } from "./index.js";
import { runOnce, trainingPass, type Pass } from "./run.test-support.js";

// Float32 against PyTorch's float64.
const TOLERANCE = 5e-6;

const asModule = (layer: Layer): Module => (layer instanceof Module ? (layer as Module) : sequential(layer));

function expectPass(name: string, { output, inputGradient }: Pass, expected: FunctionGolden): void {
  expect(output.shape).toEqual(expected.shape);
  expect(summaryError(name, output, expected.output)).toBeLessThan(TOLERANCE);
  expect(inputGradient.shape).toEqual(expected.input);
  expect(summaryError("input", inputGradient, expected.gradient)).toBeLessThan(TOLERANCE);
}

describe("layers against PyTorch", () => {
  const cases = Object.entries(layerCases).flatMap(([layer, byName]) =>
    Object.entries(byName).map(([name, make]) => ({ name: `${layer}/${name}`, make })),
  );

  it("has a case for every golden value", () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(golden.layers).sort());
  });

  for (const { name, make } of cases) {
    const expected = golden.layers[name]!;
    const state = formulaState(expected.state);
    const input = formulaTensor(`input:${name}`, expected.input);

    it(`${name}: keys and shapes`, () => {
      const own = initialState(asModule(make()), createRng(1));
      const shapes = [...own].map(([path, { shape }]) => [path, shape]);
      expect(shapes).toEqual(Object.entries(expected.state));
    });

    it(`${name}: evaluation, weights as constants`, async () => {
      const options = { mode: "eval", weights: "constants", state } as const;
      const graph = trace(asModule(make()), { x: { shape: expected.input } }, options);
      const [output] = await runOnce(graph, new Map([[graph.inputs[0]!, input]]));
      expect(output!.shape).toEqual(expected.shape);
      expect(summaryError(name, output!, expected.evaluated)).toBeLessThan(TOLERANCE);
    });

    it(`${name}: training, gradients, running statistics`, async () => {
      const pass = await trainingPass(asModule(make()), { name, input, state });
      expectPass(name, pass, expected);
      expect(Object.keys(pass.gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [path, gradient] of Object.entries(pass.gradients))
        expect(summaryError(path, gradient, expected.gradients[path]!)).toBeLessThan(TOLERANCE);
      expect(Object.keys(pass.averages).sort()).toEqual(Object.keys(expected.buffers).sort());
      for (const { path, momentum } of pass.attached.averages) {
        const next = averaged(state.get(path)!, pass.averages[path]!, momentum);
        expect(summaryError(path, next, expected.buffers[path]!)).toBeLessThan(TOLERANCE);
      }
    });
  }
});

describe("functions against PyTorch", () => {
  it("has a case for every golden value", () => {
    expect(Object.keys(functionCases).sort()).toEqual(Object.keys(golden.functions).sort());
  });

  for (const [name, layer] of Object.entries(functionCases)) {
    it(name, async () => {
      const expected = golden.functions[name]!;
      const input = formulaTensor(`input:${name}`, expected.input);
      const pass = await trainingPass(asModule(layer), { name, input, state: new Map() });
      expectPass(name, pass, expected);
    });
  }
});

function averaged(buffer: TensorData, value: TensorData, momentum: number): TensorData {
  const [old, now] = [buffer.data as Float32Array, value.data as Float32Array];
  return tensorFrom(
    "float32",
    buffer.shape,
    old.map((x, i) => (1 - momentum) * x + momentum * now[i]!),
  );
}
