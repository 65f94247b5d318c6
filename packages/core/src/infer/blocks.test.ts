import { describe, expect, it } from "vitest";
import { Block, BLOCK_PX, mapBlocks, nearMixed } from "./blocks.js";
import { alphaPlane, disc } from "./pictures.test-support.js";

describe("mapBlocks", () => {
  it.each([
    [64, 48, 8],
    [67, 35, 8],
    [50, 33, 16],
    [51, 33, 16],
    [3, 2, 8],
  ] as const)("says of %i×%i pixels of %i bits what each block holds", (w, h, depth) => {
    const alpha = alphaPlane(w, h, disc(w * 0.4, h * 0.6, h * 0.45, 2), depth);
    const full = depth === 16 ? 65535 : 255;
    const map = mapBlocks(alpha);
    expect([map.width, map.height]).toEqual([Math.ceil(w / BLOCK_PX), Math.ceil(h / BLOCK_PX)]);
    for (let by = 0; by < map.height; by++)
      for (let bx = 0; bx < map.width; bx++) {
        const values = new Set<number>();
        for (let y = by * BLOCK_PX; y < Math.min(h, (by + 1) * BLOCK_PX); y++)
          for (let x = bx * BLOCK_PX; x < Math.min(w, (bx + 1) * BLOCK_PX); x++)
            values.add(alpha.data[y * w + x]!);
        const only = values.size === 1 ? [...values][0] : undefined;
        const expected = only === 0 ? Block.Clear : only === full ? Block.Opaque : Block.Mixed;
        expect(map.states[by * map.width + bx]).toBe(expected);
      }
  });

  it("reads arrays that begin anywhere in their buffer", () => {
    const { data } = alphaPlane(32, 32, () => 1);
    const shifted = new Uint8Array(data.length + 1);
    shifted.set(data, 1);
    const map = mapBlocks({ widthPx: 32, heightPx: 32, data: shifted.subarray(1) });
    expect([...map.states]).toEqual([2, 2, 2, 2]);
  });

  it("finds the blocks that touch a mixed one, to the picture's corners", () => {
    const map = (mixedAt: number) => {
      const states = new Uint8Array(12).fill(Block.Clear);
      states[mixedAt] = Block.Mixed;
      return [...nearMixed({ width: 4, height: 3, states })];
    };
    expect(map(0)).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect(map(6)).toEqual([0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1]);
    expect(map(11)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
  });
});
