import { describe, expect, it } from "vitest";
import { createRng, tensorFrom, type TensorData } from "../../util/index.js";
import type { Slide } from "../convolution/slide.js";
import { createBuilder } from "../index.js";
import { openGraph } from "../run-graph.test-support.js";
import { windowOutputs } from "../window.js";
import {
  applicableRecipes,
  CPU,
  PORTABLE,
  probeBlock,
  problemOf,
  recipesOf,
  type ConvProblem,
  type ConvKind,
  type Recipe,
  type Target,
} from "./index.js";
import { referenceConvolution } from "./reference.test-support.js";

interface Shapes extends Partial<Slide> {
  readonly x: readonly number[];
  readonly w: readonly number[];
}

const CASES: Readonly<Record<string, Shapes>> = {
  "3x3": { x: [2, 3, 5, 6], w: [4, 3, 3, 3], pads: [1, 1, 1, 1] },
  "3x3 without padding": { x: [1, 2, 6, 5], w: [3, 2, 3, 3] },
  "asymmetric kernel and padding": { x: [2, 2, 6, 7], w: [3, 2, 2, 5], pads: [1, 3, 0, 2] },
  "wide channels": { x: [2, 20, 4, 4], w: [18, 20, 3, 3], pads: [1, 1, 1, 1] },
  "dilation 2": { x: [2, 3, 8, 7], w: [2, 3, 3, 3], pads: [2, 2, 2, 2], dilations: [2, 2] },
  "dilation 8 wider than the map": {
    x: [2, 3, 5, 5],
    w: [2, 3, 3, 3],
    pads: [8, 8, 8, 8],
    dilations: [8, 8],
  },
  "1x1": { x: [2, 5, 4, 3], w: [7, 5, 1, 1] },
  "1x1 stride 2": { x: [2, 5, 5, 4], w: [3, 5, 1, 1], strides: [2, 2] },
  "stride 2": { x: [2, 3, 8, 9], w: [4, 3, 3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
  "stride 2 with rows left over": { x: [1, 3, 8, 10], w: [2, 3, 3, 3], strides: [2, 2] },
  "7x7 stride 4": { x: [1, 3, 17, 18], w: [4, 3, 7, 7], pads: [3, 3, 3, 3], strides: [4, 4] },
  "unequal strides": { x: [1, 2, 8, 9], w: [3, 2, 3, 3], pads: [1, 0, 1, 2], strides: [2, 3] },
  "two groups": { x: [2, 4, 5, 5], w: [6, 2, 3, 3], pads: [1, 1, 1, 1], group: 2 },
  depthwise: { x: [2, 5, 6, 5], w: [5, 1, 3, 3], pads: [1, 1, 1, 1], group: 5 },
  "depthwise stride 2": { x: [2, 4, 7, 6], w: [4, 1, 3, 3], pads: [1, 1, 1, 1], strides: [2, 2], group: 4 },
  "patch embedding": { x: [2, 3, 8, 8], w: [6, 3, 4, 4], strides: [4, 4] },
  "one output channel": { x: [2, 6, 5, 5], w: [1, 6, 3, 3], pads: [1, 1, 1, 1] },
  "whole blocks": { x: [2, 32, 9, 7], w: [64, 32, 3, 3], pads: [1, 1, 1, 1] },
  "whole blocks, dilation 2": { x: [1, 16, 9, 8], w: [32, 16, 3, 3], pads: [2, 2, 2, 2], dilations: [2, 2] },
  "whole blocks, stride 2": { x: [2, 16, 9, 8], w: [32, 16, 3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
  "whole blocks, 1x1": { x: [2, 16, 5, 6], w: [16, 16, 1, 1] },
  "blocks in pieces": { x: [2, 16, 300, 40], w: [80, 16, 3, 3], pads: [1, 1, 1, 1] },
  "a picture to blocks": { x: [2, 3, 9, 9], w: [16, 3, 3, 3], pads: [1, 1, 1, 1] },
  "blocks to one channel": { x: [2, 32, 7, 6], w: [1, 32, 3, 3], pads: [1, 1, 1, 1] },
  "depthwise blocks": { x: [2, 32, 8, 7], w: [32, 1, 3, 3], pads: [1, 1, 1, 1], group: 32 },
  "depthwise blocks, stride 2": {
    x: [2, 16, 9, 8],
    w: [16, 1, 3, 3],
    pads: [1, 1, 1, 1],
    strides: [2, 2],
    group: 16,
  },
  "1-D": { x: [2, 3, 9], w: [4, 3, 3], pads: [1, 1], strides: [2] },
  "3-D": { x: [1, 2, 3, 4, 3], w: [2, 2, 2, 2, 2], pads: [1, 0, 0, 0, 1, 0] },
};

const block = await probeBlock(async (graph, feeds) => {
  const running = await openGraph(graph);
  try {
    return await running.run(feeds);
  } finally {
    await running.dispose();
  }
});
const TARGETS: Readonly<Record<string, Target>> = {
  cpu: CPU,
  portable: PORTABLE,
  blocked: { ...CPU, block: block ?? 16 },
};

function problem({ x, w, ...given }: Shapes): ConvProblem {
  const rank = x.length - 2;
  const slide = {
    strides: given.strides ?? Array.from({ length: rank }, () => 1),
    dilations: given.dilations ?? Array.from({ length: rank }, () => 1),
    pads: given.pads ?? Array.from({ length: 2 * rank }, () => 0),
    group: given.group ?? 1,
  };
  const spatial = windowOutputs("test", x.slice(2), w.slice(2), slide) as readonly number[];
  return problemOf("float32", { x, w, y: [x[0]!, w[0]!, ...spatial] }, slide);
}

async function runRecipe(
  kind: ConvKind,
  recipe: Recipe,
  p: ConvProblem,
  target: Target,
  tensors: { readonly x: TensorData; readonly w: TensorData; readonly dy: TensorData },
): Promise<readonly number[]> {
  const b = createBuilder();
  const { x, w, dy } = tensors;
  const [left, right] = { forward: [x, w], input: [dy, w], weight: [x, dy] }[kind] as [
    TensorData,
    TensorData,
  ];
  const operands = [
    b.input("left", "float32", left.shape),
    b.input("right", "float32", right.shape),
  ] as const;
  const result = recipe.build({ b, problem: p, operands, target });
  const graph = await openGraph(b.build([result]));
  try {
    const [out] = await graph.run(
      new Map([
        [operands[0], left],
        [operands[1], right],
      ]),
    );
    expect(out!.shape).toEqual({ forward: dy.shape, input: x.shape, weight: w.shape }[kind]);
    return Array.from(out!.data as Float32Array);
  } finally {
    await graph.dispose();
  }
}

describe.each(Object.entries(CASES))("%s", (name, shapes) => {
  const p = problem(shapes);
  const rng = createRng(7).fork(name);
  const filled = (shape: readonly number[]): TensorData => {
    const size = shape.reduce((n, dim) => n * dim, 1);
    return tensorFrom(
      "float32",
      shape,
      Array.from({ length: size }, () => rng.normal()),
    );
  };
  const tensors = {
    x: filled(shapes.x),
    w: filled(shapes.w),
    dy: filled([p.batch, p.outChannels, ...p.output]),
  };
  const expected = referenceConvolution(p, {
    x: tensors.x.data as Float32Array,
    w: tensors.w.data as Float32Array,
    dy: tensors.dy.data as Float32Array,
  });

  for (const [where, target] of Object.entries(TARGETS))
    for (const kind of ["forward", "input", "weight"] as const)
      for (const recipe of applicableRecipes(kind, p, target).filter(
        // What does without blocks is tested without.
        ({ refuses }) => target.block === undefined || refuses(p, CPU) !== undefined,
      ))
        it(`${kind} by ${recipe.name}, ${where}`, async (context) => {
          if (where === "blocked" && block === undefined)
            context.skip("ONNX Runtime has no blocked operators here");
          const got = await runRecipe(kind, recipe, p, target, tensors);
          const right = expected[kind];
          const scale = right.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0);
          expect(worst / scale).toBeLessThan(2e-6);
        });
});

it("tries every recipe on some case", () => {
  const problems = Object.values(CASES).map(problem);
  for (const kind of ["forward", "input", "weight"] as const)
    for (const recipe of recipesOf(kind))
      expect(
        problems.filter((p) => recipe.refuses(p, { ...CPU, block: 16 }) === undefined),
        recipe.name,
      ).not.toEqual([]);
});
