import { expect, test } from "vitest";
import fc from "fast-check";
import { fromFloat16Bits, narrowToFloat16, toFloat16Bits, widenFloat16 } from "./float16.js";

test("every one of the 65,536 halves survives the way to float32 and back", () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const wide = widenFloat16(all);
  const back = narrowToFloat16(wide);
  for (let i = 0; i < 65536; i++) {
    if (Number.isNaN(wide[i])) expect(Number.isNaN(fromFloat16Bits(back[i]!))).toBe(true);
    else if (back[i] !== i) expect.fail(`0x${i.toString(16)} became 0x${back[i]!.toString(16)}`);
  }
});

test("rounding goes to the nearest half, ties to even", () => {
  fc.assert(
    fc.property(fc.float({ min: -65519, max: 65519, noNaN: true }), (x) => {
      const bits = toFloat16Bits(x);
      const error = Math.abs(fromFloat16Bits(bits) - x);
      for (const step of [-1, 1]) {
        const magnitude = (bits & 0x7fff) + step;
        if (magnitude < 0 || magnitude >= 0x7c00) continue;
        const other = Math.abs(fromFloat16Bits((bits & 0x8000) | magnitude) - x);
        expect(error).toBeLessThanOrEqual(other);
        if (error === other && error > 0) expect(bits & 1).toBe(0);
      }
    }),
    { numRuns: 5000 },
  );
});

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [Infinity, 0x7c00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.5, 0x0001],
  [2 ** -14, 0x0400],
])("%s is 0x%s", (value, bits) => {
  expect(toFloat16Bits(value)).toBe(bits);
});
