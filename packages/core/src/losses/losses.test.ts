import { describe, expect, it } from "vitest";
import { gradCheck, gradients, type RunGraph } from "../autodiff/index.js";
import { Tensor, verify, type Builder, type Graph, type Value } from "../graph/index.js";
import { createBuilder, rules } from "../ops/index.js";
import { lowerConvGradients, PORTABLE } from "../ops/lowering/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { formulaNumbers, summaryOf } from "../util/formula.test-support.js";
import { createRng, sizeOf, tensorFrom, type TensorData } from "../util/index.js";
import { golden, lossCases, type LossCase, type LossGolden } from "./cases.test-support.js";
import {
  bce,
  dice,
  laplacian,
  lossFor,
  lossOf,
  losses,
  type Loss,
  type LossSpec,
  type LossTensors,
} from "./index.js";

const cases = Object.values(lossCases).flat();
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const logit = (p: number): number => Math.log(p / (1 - p));

const runAll: RunGraph = async (graph, feeds) => {
  const lowered = lowerConvGradients(graph, { target: PORTABLE });
  verify(lowered);
  const session = await openGraph({ ...lowered, nodes: lowered.nodes.map((n) => ({ ...n, path: "" })) });
  try {
    const results: (readonly TensorData[])[] = [];
    for (const feed of feeds) results.push(await session.run(feed));
    return results;
  } finally {
    await session.dispose();
  }
};

const numbers = (name: string, shape: readonly number[], low: number, high: number): Float64Array =>
  formulaNumbers(name, sizeOf(shape), { low, high });

/** The case's extra tensors as constants of a graph. */
function tensorsFor({ tensors = [] }: LossCase, like: Tensor): LossTensors {
  const [n, c, h, w] = like.shape as [number, number, number, number];
  return Object.fromEntries(
    tensors.map((name) => {
      const shape = name === "weight" ? [n, c, h, w] : [n, 3, h, w];
      const data = tensorFrom("float64", shape, numbers(name, shape, 0, name === "weight" ? 2 : 1));
      return [name, like.constant(data, name).cast(like.dtype)];
    }),
  );
}

/** Loss values of several predictions, and the gradient by each. */
async function evaluate(
  lossCase: LossCase,
  target: TensorData,
  predictions: readonly ArrayLike<number>[],
  compute: Loss = lossOf(lossCase.spec),
): Promise<{ loss: TensorData; gradient: TensorData }[]> {
  const b = createBuilder();
  const [x, t] = ["prediction", "target"].map(
    (name) => new Tensor(b, b.input(name, "float32", target.shape)),
  );
  const loss = compute(x!, t!, tensorsFor(lossCase, x!));
  const outputs = [loss.value, ...gradients(b, loss.value, [x!.value])];
  const graph: Graph = b.build(outputs.map((value, i) => b.named(value, `out${i}`)));
  const feeds = predictions.map((prediction): ReadonlyMap<Value, TensorData> => {
    return new Map([
      [x!.value, tensorFrom("float32", target.shape, prediction)],
      [t!.value, target],
    ]);
  });
  const results = await runAll(graph, feeds);
  return results.map(([value, gradient]) => ({ loss: value!, gradient: gradient! }));
}

const targetOf = (kind: "hard" | "soft", shape: readonly number[]): TensorData => {
  const soft = numbers("target", shape, 0, 1);
  return tensorFrom("float32", shape, kind === "soft" ? soft : soft.map((t) => (t > 0.5 ? 1 : 0)));
};

describe("against PyTorch's float64", () => {
  it("covers every golden value", () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(golden.hard).sort());
  });

  for (const lossCase of cases) {
    for (const kind of ["hard", "soft"] as const) {
      const expected: LossGolden | undefined = golden[kind][lossCase.name];
      if (expected === undefined) continue;
      it(`${lossCase.name}, ${kind} target: value and gradient`, async () => {
        const x = numbers("prediction", golden.shape, -3, 3);
        const prediction = expected.given === "p" ? x.map(sigmoid) : x;
        const [result] = await evaluate(lossCase, targetOf(kind, golden.shape), [prediction]);
        expect(result!.loss.shape).toEqual([]);
        expect(Math.abs((result!.loss.data[0] as number) / expected.value - 1)).toBeLessThan(1e-5);
        const [norm, product] = summaryOf("prediction", result!.gradient.data as Float32Array);
        expect(Math.abs(norm / expected.gradient[0] - 1)).toBeLessThan(2e-5);
        expect(Math.abs(product - expected.gradient[1]) / expected.gradient[0]).toBeLessThan(2e-5);
      });
    }
  }

  it("bounds the logarithms of saturated probabilities", async () => {
    const b = createBuilder();
    const [p, t] = ["p", "t"].map((name) => new Tensor(b, b.input(name, "float32", [5])));
    const loss = bce(p!, t!);
    const outputs = [loss.value, ...gradients(b, loss.value, [p!.value])];
    const graph = b.build(outputs.map((value, i) => b.named(value, `out${i}`)));
    const feed = new Map([
      [p!.value, tensorFrom("float32", [5], [0, 1, 1, 0, 0.5])],
      [t!.value, tensorFrom("float32", [5], [1, 0, 1, 0, 1])],
    ]);
    const [[value, gradient] = []] = await runAll(graph, [feed]);
    expect(value!.data[0]).toBeCloseTo(golden.saturated, 4);
    expect(Array.from(gradient!.data as Float32Array).every(Number.isFinite)).toBe(true);
  });
});

describe("contract", () => {
  const SHAPE = [2, 1, 12, 11];

  for (const lossCase of cases) {
    const { name, spec } = lossCase;
    const given = golden.hard[name]!.given;
    for (const kind of spec.kind === "lovasz-hinge" ? (["hard"] as const) : (["hard", "soft"] as const)) {
      it(`${name}: least where the prediction is the ${kind} target`, async () => {
        const small = spec.kind === "laplacian" ? { ...lossCase, spec: { ...spec, levels: 2 } } : lossCase;
        const target = targetOf(kind, SHAPE);
        const at = (p: number): number => {
          const inside = Math.min(Math.max(p, 1e-5), 1 - 1e-5);
          return given === "p" ? inside : logit(inside);
        };
        const best = Float64Array.from(target.data as Float32Array, at);
        const others = [0.02, 0.2, 1].map((noise) => {
          const rng = createRng(7);
          return Float64Array.from(target.data as Float32Array, (t) =>
            at(Math.min(Math.max(t + noise * (rng.uniform() - 0.5), 0), 1)),
          );
        });
        const [first, ...rest] = await evaluate(small, target, [best, ...others]);
        const least = first!.loss.data[0] as number;
        for (const { loss } of rest) expect(loss.data[0] as number).toBeGreaterThan(least - 1e-6);
        expect(rest.at(-1)!.loss.data[0] as number).toBeGreaterThan(least * 1.01 + 1e-4);
      });
    }
  }

  for (const lossCase of cases) {
    // ONNX Runtime has no Conv and no Softplus in double precision.
    const { kind } = lossCase.spec;
    const logits = golden.hard[lossCase.name]!.given === "x";
    const single =
      ["ssim", "laplacian"].includes(kind) ||
      (logits && ["bce-with-logits", "combo", "focal"].includes(kind));
    it(`${lossCase.name}: gradient against a central difference in ${single ? "single" : "double"} precision`, async () => {
      const shape = [2, 1, 8, 8];
      const small: LossSpec =
        lossCase.spec.kind === "laplacian" ? { ...lossCase.spec, levels: 2 } : lossCase.spec;
      const low = golden.hard[lossCase.name]!.given === "p" ? 0.1 : -2;
      const x = numbers("prediction", shape, low, -low + (low > 0 ? 1 : 0));
      const target = numbers("target", shape, 0, 1).map((t) => (t > 0.5 ? 1 : 0));
      const build = (b: Builder, [p]: readonly Value[]): readonly Value[] => {
        const prediction = new Tensor(b, p!);
        const t = prediction.constant(tensorFrom("float64", shape, target), "target").cast(p!.dtype);
        return [lossOf(small)(prediction, t, tensorsFor(lossCase, prediction)).value];
      };
      const dtype = single ? "float32" : "float64";
      const { error } = await gradCheck(build, [tensorFrom(dtype, shape, x)], {
        rules,
        run: runAll,
        rng: createRng(5),
      });
      expect(error).toBeLessThan(single ? 5e-3 : 1e-6);
    });
  }
});

describe("for a network's heads", () => {
  const SHAPE = [2, 1, 64, 64];
  const x = numbers("prediction", SHAPE, -3, 3);
  const onLogitsAlone = new Set<string>(["bce-with-logits", "lovasz-hinge"]);

  for (const [name, [lossCase]] of Object.entries(lossCases)) {
    if (onLogitsAlone.has(name)) continue;
    const spec = Object.fromEntries(
      Object.entries(lossCase.spec).filter(([key]) => key !== "from"),
    ) as LossSpec;
    it(`${name} is the same number of logits and of their probabilities`, async () => {
      const of = async (
        given: "logits" | "probabilities",
        prediction: ArrayLike<number>,
      ): Promise<number> => {
        const [result] = await evaluate(
          lossCase,
          targetOf("hard", SHAPE),
          [prediction],
          lossFor(spec, given),
        );
        return result!.loss.data[0] as number;
      };
      const ofLogits = await of("logits", x);
      expect(Math.abs(ofLogits / (await of("probabilities", x.map(sigmoid))) - 1)).toBeLessThan(1e-5);
    });
  }

  it("those of logits are refused where there are probabilities", () => {
    expect(() => lossFor({ kind: "bce-with-logits" }, "probabilities")).toThrow(/gives logits.*take bce/s);
    expect(() => lossFor({ kind: "lovasz-hinge" }, "probabilities")).toThrow(/gives logits.*take iou/s);
    expect(() => lossFor({ kind: "dice", from: "logits" }, "probabilities")).toThrow(
      "expected from: probabilities",
    );
  });

  it("of logits, bce is computed without its overflow", async () => {
    const far = x.map((value) => value * 100);
    const compute = lossFor({ kind: "bce" }, "logits");
    const target = targetOf("hard", SHAPE);
    const [result] = await evaluate(lossCases.bce[0], target, [far], compute);
    const expected = far.reduce((sum, value, i) => {
      const t = target.data[i] as number;
      return sum + Math.max(value, 0) - t * value + Math.log1p(Math.exp(-Math.abs(value)));
    }, 0);
    expect(Math.abs(((result!.loss.data[0] as number) * far.length) / expected - 1)).toBeLessThan(1e-5);
  });
});

describe("mistakes", () => {
  const b = createBuilder();
  const tensor = (shape: readonly number[]): Tensor => new Tensor(b, b.input("x", "float32", shape));

  it("a target of another size, for every loss that takes one", () => {
    for (const [name, loss] of Object.entries(losses)) {
      const call = (): Tensor =>
        loss(tensor([1, 1, 16, 16]), tensor([1, 1, 8, 8]), { foreground: tensor([1, 3, 16, 16]) });
      expect(call, name).toThrow("a target shaped like the prediction [1,1,16,16]; got [1,1,8,8]");
    }
  });

  it("an unknown name", () => {
    expect(() => lossOf({ kind: "dise" } as unknown as LossSpec)).toThrow('did you mean "dice"?');
  });

  it("a composition without pictures", () => {
    const x = tensor([1, 1, 4, 4]);
    expect(() => lossOf({ kind: "compositional" })(x, x)).toThrow("the pictures as a tensor `foreground`");
  });

  it("a picture too small for the pyramid", () => {
    const x = tensor([1, 1, 16, 16]);
    expect(() => laplacian(x, x)).toThrow("at least 4 x 4 pixels at each of 5 levels");
  });

  it("takes options as data", () => {
    const [x, t] = [tensor([1, 1, 4, 4]), tensor([1, 1, 4, 4])];
    expect(lossOf({ kind: "dice", smooth: 2 })(x, t).shape).toEqual(dice(x, t, { smooth: 2 }).shape);
  });
});
