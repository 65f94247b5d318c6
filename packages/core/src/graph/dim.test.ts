import { expect, test } from "vitest";
import { addDim, floorDivDim, mulDim, sameShape, sizeOfShape } from "./dim.js";

test("numbers are numbers", () => {
  expect(addDim(3, 4)).toBe(7);
  expect(mulDim(3, 4)).toBe(12);
  expect(floorDivDim(7, 2)).toBe(3);
  expect(floorDivDim(-1, 2)).toBe(-1);
});

test("equal sizes get equal texts, whatever the order of small steps", () => {
  expect(addDim(addDim("h", 1), 2)).toBe(addDim("h", 3));
  expect(addDim(addDim("h", -1), 1)).toBe("h");
  expect(addDim(2, "h")).toBe(addDim("h", 2));
  expect(mulDim(1, "h")).toBe("h");
  expect(floorDivDim(mulDim("h", 4), 2)).toBe(mulDim("h", 2));
  expect(floorDivDim("h", "h")).toBe(1);
  expect(addDim(floorDivDim(addDim("h", -1), 2), 1)).toBe("(h-1)//2+1");
});

test("sizes and comparison", () => {
  expect(sizeOfShape(["n", 3, 4])).toBe("n*12");
  expect(sizeOfShape([2, 3])).toBe(6);
  expect(sameShape(["n", 3], ["n", 3])).toBe(true);
  expect(sameShape(["n", 3], ["m", 3])).toBe(false);
});
