import { describe, expect, test } from "vitest";
import { Builder, inferTypes, verify, type Graph, type Value } from "../graph/index.js";
import { OPERATORS, type OpName } from "../onnx/index.js";
import { opCases } from "../ops/cases.test-support.js";
import { rules } from "../ops/index.js";
import { lowerConvGradients } from "../ops/lowering/index.js";
import type { CaseInput, OpCase, RandomInput } from "../ops/op-case.test-support.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { printType } from "../ops/shape-rules.js";
import { createRng, tensorFrom, type Rng, type TensorData } from "../util/index.js";
import { gradCheck, type GradCheck, type RunGraph } from "./grad-check.js";

// Walks the registry: every operator has cases; its inferred types are those that ONNX Runtime gives; its gradient is
// that of a central difference, in float64 and in float32.

type Float = "float32" | "float64";

/**
 * ONNX Runtime's CPU provider has no float64 kernel for these, or for what their gradients are made of;
 * GroupNormalization has one that calculates in float32.
 */
const FLOAT32_ONLY: ReadonlySet<OpName> = new Set<OpName>([
  "Atan",
  "AveragePool",
  "Celu",
  "Conv",
  "ConvTranspose",
  "Elu",
  "Erf",
  "Gelu",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "GroupNormalization",
  "HardSigmoid",
  "HardSwish",
  "InstanceNormalization",
  "LeakyRelu",
  "MaxUnpool",
  "Mish",
  "PRelu",
  "Resize",
  "Selu",
  "Softplus",
  "Softsign",
  "Tan",
]);

const names = Object.keys(OPERATORS) as OpName[];

const run: RunGraph = async (graph, feeds) => {
  const lowered = lowerConvGradients(graph);
  verify(lowered);
  const running = await openGraph(lowered);
  try {
    const results = [];
    for (const feed of feeds) results.push(await running.run(feed));
    return results;
  } finally {
    await running.dispose();
  }
};

describe.each(names)("%s", (op) => {
  const cases = (opCases[op] ?? []) as readonly OpCase[];

  test("has cases: several, where there is a gradient that ONNX Runtime can run", () => {
    expect(cases.length).toBeGreaterThan(0);
    if (typeof rules[op].vjp === "function" && cases.some((c) => c.noKernel === undefined))
      expect(cases.filter(isDifferentiated).length).toBeGreaterThan(1);
  });

  test.each(cases.map((c, i) => [titleOf(c, i), c] as const))("types: %s", async (_, c) => {
    const { graph, feeds } = applied(op, c, "float32", createRng(7));
    if (c.noKernel !== undefined) {
      expect(graph.outputs.map(printType)).toEqual(c.noKernel.types);
      return;
    }
    const [outputs] = await run(graph, [feeds]);
    expect(graph.outputs.map(printType)).toEqual(outputs!.map(printType));
  });

  const differentiated = cases.filter(isDifferentiated);
  if (typeof rules[op].vjp !== "function" || differentiated.length === 0) return;
  const dtypes: Float[] = FLOAT32_ONLY.has(op) ? ["float32"] : ["float32", "float64"];
  const rows = dtypes.flatMap((dtype) =>
    differentiated
      .filter(({ only = dtype }) => only === dtype)
      .map((c, i) => [dtype, titleOf(c, i), c] as const),
  );
  test.each(rows)("gradient in %s: %s", async (dtype, _, c) => {
    const check = await checkCase(op, c, dtype);
    expect(Math.abs(check.numeric)).toBeLessThan(Infinity);
  });
});

test.each(["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mod", "PRelu", "Where"] as const)(
  "%s is differentiated where its operands broadcast",
  (op) => {
    const shapes = (opCases[op] as readonly OpCase[])
      .filter(isDifferentiated)
      .map(({ inputs }) => inputs.map((input) => input!.shape.join()));
    expect(shapes.some((each) => new Set(each).size > 1)).toBe(true);
  },
);

test("the operators that cannot be checked in float64 are those listed", async () => {
  const missing: OpName[] = [];
  for (const op of FLOAT32_ONLY) {
    const c = (opCases[op] as readonly OpCase[]).find(isDifferentiated)!;
    await checkCase(op, c, "float64").catch(() => missing.push(op));
  }
  expect(missing).toEqual([...FLOAT32_ONLY]);
});

const isRandom = (input: CaseInput): input is RandomInput => input !== undefined && "low" in input;
const isDifferentiated = (c: OpCase): boolean =>
  c.typesOnly === undefined && c.opset === undefined && c.noKernel === undefined;

function titleOf({ inputs, attrs, opset }: OpCase, i: number): string {
  const shapes = inputs.map((input) => (input === undefined ? "-" : `[${input.shape.join(",")}]`)).join(" ");
  const text =
    attrs === undefined
      ? ""
      : ` ${JSON.stringify(attrs, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value))}`;
  return `${i} ${shapes}${text}${opset === undefined ? "" : ` in opset ${opset}`}`;
}

async function checkCase(op: OpName, c: OpCase, dtype: Float): Promise<GradCheck> {
  const rng = createRng(11);
  const drawn = c.inputs.filter(isRandom);
  const held = drawn.flatMap((input, i) => (input.fixed ? [i] : []));
  const inputs = drawn.map((input) => draw(input, dtype, rng));
  return gradCheck((b, xs) => apply(b, op, c, dtype, [...xs]).slice(0, c.weighted), inputs, {
    rules,
    run,
    rng,
    held,
  });
}

/** Apply the operator; `drawn` stand for the random inputs, in order. */
function apply(b: Builder, op: OpName, c: OpCase, dtype: Float, drawn: Value[]): readonly Value[] {
  const inputs = c.inputs.map((input) => {
    if (input === undefined) return undefined;
    if (isRandom(input)) return drawn.shift()!;
    return b.constant("values" in input ? tensorFrom(dtype, input.shape, input.values) : input);
  });
  return b.emit(op, inputs, c.attrs ?? {}, c.outputs ?? 1);
}

function applied(
  op: OpName,
  c: OpCase,
  dtype: Float,
  rng: Rng,
): { graph: Graph; feeds: ReadonlyMap<Value, TensorData> } {
  const b = new Builder(rules);
  const data = c.inputs.filter(isRandom).map((input) => draw(input, dtype, rng));
  const values = data.map((tensor, i) => b.input(`x${i}`, tensor.dtype, tensor.shape));
  const feeds = new Map(values.map((value, i) => [value, data[i]!]));
  const graph = b.build(apply(b, op, c, dtype, [...values]));
  if (c.opset === undefined) return { graph, feeds };
  return { graph: inferTypes({ ...graph, opsets: { ...graph.opsets, "": c.opset } }, rules), feeds };
}

function draw({ shape, low, high, kinks, gap }: RandomInput, dtype: Float, rng: Rng): TensorData {
  const near = (x: number): boolean => kinks.some((kink) => Math.abs(x - kink) < gap);
  const count = shape.reduce((n, dim) => n * dim, 1);
  const values = Array.from({ length: count }, () => {
    let x = low + (high - low) * rng.uniform();
    while (near(x)) x = low + (high - low) * rng.uniform();
    return x;
  });
  return tensorFrom(dtype, shape, values);
}
