import { expect, test } from "vitest";
import { asDtype } from "./as-dtype.js";
import { tensorFrom } from "./tensor-data.js";

test("half, double, brain floats and integers become float32", () => {
  const values = [0, 1.5, -2, 0.25];
  for (const dtype of ["float16", "float64", "float32"] as const) {
    const tensor = tensorFrom(dtype, [2, 2], values);
    expect(asDtype(tensor, "float32")).toEqual(tensorFrom("float32", [2, 2], values));
  }
  const brain = { dtype: "bfloat16", shape: [2], data: Uint16Array.of(0x3fc0, 0xc000) } as const;
  expect(asDtype(brain, "float32").data).toEqual(Float32Array.of(1.5, -2));
  expect(asDtype(tensorFrom("int32", [1], [7]), "int64").data).toEqual(BigInt64Array.of(7n));
  const same = tensorFrom("float32", [1], [1]);
  expect(asDtype(same, "float32")).toBe(same);
});
