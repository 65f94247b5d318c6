import { expect, test } from "vitest";
import { architecture } from "./index.js";
import { networkFacts } from "./network-facts.js";

// What the papers, or counts over the released code, state: parameters, and GMACs at the paper's input size.
test.each([
  ["u2net", 44_009_869, { macs: 58.6, trainingMacs: 58.6 }],
  ["u2netp", 1_131_181, { macs: 19.8, trainingMacs: 19.8 }],
  ["isnet", 44_046_790, { trainingMacs: 159.7 }],
  ["isnet-gt", 6_877_734, {}],
  ["inspyrenet-res2net50", 28_104_339, {}],
  ["inspyrenet-swinb", 90_721_443, {}],
  ["modnet", 6_487_075, { macs: 15.5, trainingMacs: 18.1 }],
])("%s", (name, parameters, macs) => {
  const facts = networkFacts(architecture(name));
  expect(facts.parameters).toBe(parameters);
  for (const [key, giga] of Object.entries(macs))
    expect(facts[key as "macs" | "trainingMacs"] / 1e9, key).toBeCloseTo(giga, 1);
});

test("U-Net of the paper's size", () => {
  const { parameters, macs } = networkFacts(architecture("unet"));
  expect(parameters / 1e6).toBeCloseTo(31, 0);
  expect(macs).toBeGreaterThan(0);
});
