import { expect, test } from "vitest";
import { numbersOf, sizeOf, tensorFrom } from "./tensor-data.js";

test.each(["float32", "float64", "float16", "int8", "uint8", "int32", "int64", "bool"] as const)(
  "%s holds small integers exactly, there and back",
  (dtype) => {
    const values = [0, 1, 1, 0, 1, 0];
    const tensor = tensorFrom(dtype, [2, 3], values);
    expect(numbersOf(tensor)).toEqual(values);
  },
);

test("a count that does not fill the shape is an error that says both", () => {
  expect(() => tensorFrom("float32", [2, 2], [1, 2, 3])).toThrow(
    "expected 4 values for the shape [2,2]; got 3",
  );
});

test("a scalar has one element", () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([4, 0])).toBe(0);
});
