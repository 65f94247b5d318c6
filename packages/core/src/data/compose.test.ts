import { expect, test } from "vitest";
import { createRng } from "../util/index.js";
import { composeCutout } from "./compose.js";
import type { LabelledImage } from "./labelled-image.js";

/** Grey wherever it shows; black, as files often have it, where it does not. */
function greyDisc(widthPx: number, heightPx: number, grey: number): LabelledImage {
  const alphaU8 = Uint8Array.from({ length: widthPx * heightPx }, (_, p) =>
    Math.hypot((p % widthPx) - widthPx / 2, Math.floor(p / widthPx) - heightPx / 2) < heightPx / 2 - 4
      ? 255
      : 0,
  );
  const rgbU8 = Uint8Array.from({ length: 3 * alphaU8.length }, (_, i) =>
    alphaU8[Math.floor(i / 3)] === 0 ? 0 : grey,
  );
  return { name: "disc", widthPx, heightPx, rgbU8, alphaU8 };
}

test("a cut-out made smaller has no dark fringe: grey on the same grey is grey all over", async () => {
  const ground = {
    name: "wall",
    widthPx: 16,
    heightPx: 12,
    rgbU8: new Uint8Array(3 * 16 * 12).fill(240),
    alphaU8: undefined,
  };
  const composed = await composeCutout(greyDisc(2000, 1600, 240), ground, createRng(2), { framing: "free" });
  expect(Math.max(composed.widthPx, composed.heightPx)).toBe(2048);
  expect(composed.alphaU8!.some((alpha) => alpha > 0 && alpha < 255)).toBe(true);
  // To the rounding of bytes, twice.
  expect(composed.rgbU8.reduce((least, value) => Math.min(least, value), 255)).toBeGreaterThanOrEqual(238);
});
