import { expect, test } from "vitest";
import { editDistance, nearestName, unknownName } from "./nearest-name.js";

test.each([
  ["", "abc", 3],
  ["isnet", "isnet", 0],
  ["isent", "isnet", 1],
  ["kitten", "sitting", 3],
])("editDistance(%j, %j) = %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test("a typo finds its name, nonsense finds none", () => {
  const known = ["u2net", "u2netp", "isnet-imgly", "modnet"];
  expect(nearestName("isnet-imgyl", known)).toBe("isnet-imgly");
  expect(nearestName("MODNET", known)).toBe("modnet");
  expect(nearestName("refrigerator", known)).toBeUndefined();
});

test("the error lists what there is and suggests the nearest", () => {
  const error = unknownName("model", "modnte", ["modnet", "unet"]);
  expect(error.code).toBe("unknown-name");
  expect(error.message).toBe(
    'model: expected one of modnet, unet; got "modnte". Fix: did you mean "modnet"?',
  );
});
