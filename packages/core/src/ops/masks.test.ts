import { expect, test } from "vitest";
import type { Builder, Value } from "../graph/index.js";
import { numbersOf, tensorFrom } from "../util/index.js";
import { createBuilder } from "./index.js";
import { aboveMask, belowMask, positiveMask, stepMask, zeroMask } from "./masks.js";
import { openGraph } from "./run-graph.test-support.js";

const TINY = 1.1754943508222875e-38; // the smallest normal float32
const HUGE = 3.4028234663852886e38;

async function at(
  dtype: "float32" | "float64",
  values: readonly number[],
  mask: (b: Builder, x: Value) => Value,
): Promise<readonly number[]> {
  const b = createBuilder();
  const x = b.input("x", dtype, [values.length]);
  const running = await openGraph(b.build([mask(b, x)]));
  const [out] = await running.run(new Map([[x, tensorFrom(dtype, [values.length], values)]]));
  await running.dispose();
  return numbersOf(out!);
}

const values = [-Infinity, -HUGE, -1, -TINY, -0, 0, TINY, 1, HUGE, Infinity];

test.each(["float32", "float64"] as const)(
  "masks are exact in %s, down to the smallest normal number",
  async (dtype) => {
    expect(await at(dtype, values, positiveMask)).toEqual(values.map((x) => (x > 0 ? 1 : 0)));
    expect(await at(dtype, values, stepMask)).toEqual(values.map((x) => (x > 0 ? 1 : x < 0 ? 0 : 0.5)));
    const sizes = values.filter((x) => x >= 0).map(Math.abs);
    expect(await at(dtype, sizes, zeroMask)).toEqual(sizes.map((x) => (x === 0 ? 1 : 0)));
  },
);

test.each([0, 6, -1, 0.1, 1e-30, 3e38].map(Math.fround))(
  "masks at a bound of %s are exact, down to the next float32",
  async (bound) => {
    const bits = new Int32Array(new Float32Array([bound]).buffer)[0]!;
    const neighbour = (step: number): number => new Float32Array(new Int32Array([bits + step]).buffer)[0]!;
    const around = bound === 0 ? [] : [neighbour(-1), neighbour(1)];
    const all = [...values, bound, ...around];
    expect(await at("float32", all, (b, x) => aboveMask(b, x, bound))).toEqual(
      all.map((x) => (x > bound ? 1 : 0)),
    );
    expect(await at("float32", all, (b, x) => belowMask(b, x, bound))).toEqual(
      all.map((x) => (x < bound ? 1 : 0)),
    );
  },
);

test("in float32 a mask is one operator", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [1]);
  positiveMask(b, x);
  aboveMask(b, x, 2);
  belowMask(b, x, 2);
  expect(b.nodes.map(({ op }) => op)).toEqual(["HardSigmoid", "HardSigmoid", "HardSigmoid"]);
});

test("masks at a bound in float64", async () => {
  const all = [-1, 5.999, 6, 6.001];
  expect(await at("float64", all, (b, x) => aboveMask(b, x, 6))).toEqual([0, 0, 0, 1]);
  expect(await at("float64", all, (b, x) => belowMask(b, x, 6))).toEqual([1, 1, 0, 0]);
});
