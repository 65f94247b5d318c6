import { expect, test } from "vitest";
import type { OpAttributes, OpName } from "../onnx/index.js";
import type { Dim, OpRule } from "../graph/index.js";
import { createBuilder, rules } from "./index.js";

function macsOf<K extends OpName>(
  op: K,
  shapes: readonly (readonly Dim[])[],
  attrs: OpAttributes<K> = {},
): Dim {
  const b = createBuilder();
  const inputs = shapes.map((shape, i) => b.input(`x${i}`, "float32", shape));
  const rule: OpRule<K> = rules[op];
  const outputs = b.emit(op, inputs, attrs);
  return rule.macs!({ inputs, attrs, outputs, outputCount: 1, opset: 21 });
}

test("multiply-accumulates of products", () => {
  expect(
    macsOf("MatMul", [
      [2, 5, 3],
      [3, 4],
    ]),
  ).toBe(120);
  expect(
    macsOf("MatMul", [
      ["n", 3],
      [3, 4],
    ]),
  ).toBe("n*12");
  expect(
    macsOf(
      "Gemm",
      [
        [3, 2],
        [4, 3],
      ],
      { transA: 1, transB: 1 },
    ),
  ).toBe(24);
  expect(
    macsOf(
      "com.microsoft.FusedMatMul",
      [
        [7, 3, 2],
        [7, 3, 4],
      ],
      { transA: 1 },
    ),
  ).toBe(7 * 24);
  expect(
    macsOf(
      "Einsum",
      [
        [2, 3, 4],
        [2, 5, 4],
      ],
      { equation: "bij,bkj->bik" },
    ),
  ).toBe(120);
  expect(
    macsOf(
      "Conv",
      [
        [1, 4, 8, 8],
        [6, 2, 3, 3],
      ],
      { group: 2, pads: [1, 1, 1, 1] },
    ),
  ).toBe(64 * 6 * 18);
});
