import { expect, test } from "vitest";
import { formulaNumbers } from "../../util/formula.test-support.js";
import { tensorFrom, type TensorData } from "../../util/index.js";
import { Module } from "../module.js";
import { runOnce } from "../run.test-support.js";
import { trace } from "../trace.js";
import type { Tensor } from "../../graph/index.js";
import { resizeAntialiased } from "./resize-antialiased.js";

class Both extends Module<[Tensor], Readonly<Record<string, Tensor>>> {
  forward(x: Tensor): Readonly<Record<string, Tensor>> {
    const sizes = x.sizes([...x.shape.slice(0, 2), 7, 9]);
    const attributes = { mode: "linear", coordinate_transformation_mode: "half_pixel" } as const;
    const smooth = { ...attributes, antialias: 1, exclude_outside: 1 } as const;
    return {
      products: resizeAntialiased(x, [7, 9]),
      operator: x.op("Resize", [undefined, undefined, sizes], smooth),
    };
  }
}

test("two matrix products are what ONNX's smoothing Resize computes", async () => {
  const shape = [2, 3, 23, 20];
  const graph = trace(new Both(), { x: { shape } }, { mode: "eval" });
  const x = tensorFrom("float32", shape, formulaNumbers("smooth", 2 * 3 * 23 * 20));
  const [products, operator] = (await runOnce(graph, new Map([[graph.inputs[0]!, x]]))) as TensorData[];
  expect(products!.shape).toEqual([2, 3, 7, 9]);
  const expected = operator!.data as Float32Array;
  (products!.data as Float32Array).forEach((y, i) => {
    expect(Math.abs(y - expected[i]!)).toBeLessThan(1e-5);
  });
  expect(graph.nodes.filter(({ op }) => op === "MatMul")).toHaveLength(2);
});

class ToSize extends Module {
  readonly #size: readonly [number, number];
  constructor(size: readonly [number, number]) {
    super();
    this.#size = size;
  }

  forward(x: Tensor): Tensor {
    return resizeAntialiased(x, this.#size);
  }
}

// torch.nn.functional.interpolate(x, size, mode="bilinear", antialias=True) in float64, PyTorch 1.13; x[i] = i².
test.each([
  [
    [1, 1, 1, 10],
    [1, 3],
    [3.5254237288135597, 22.075757575757574, 57.677966101694906],
  ],
  [
    [1, 1, 7, 1],
    [4, 1],
    [0.6190476190476193, 4.8, 15.84, 30.333333333333336],
  ],
] as const)("PyTorch's values at the borders too: %j to %j", async (shape, size, expected) => {
  const graph = trace(new ToSize(size), { x: { shape } }, { mode: "eval" });
  const count = shape[2] * shape[3];
  const squares = Array.from({ length: count }, (_, i) => i * i);
  const [y] = await runOnce(graph, new Map([[graph.inputs[0]!, tensorFrom("float32", shape, squares)]]));
  expected.forEach((value, i) => {
    expect((y!.data as Float32Array)[i]).toBeCloseTo(value, 4);
  });
});
