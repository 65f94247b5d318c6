import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  encodeImage,
  picture,
  SRGB,
  SRGB_GREY,
  type ColourProfile,
  type Picture,
} from "../../image/index.js";
import { createRng } from "../../util/index.js";

const SIDE_PX = 40;

/** A set of bright discs on dark noise: a few pixels of each are enough to learn what a disc is. */
export async function writeDiscs(folder: string, count: number, seed: number): Promise<void> {
  await mkdir(join(folder, "images"), { recursive: true });
  await mkdir(join(folder, "masks"), { recursive: true });
  const rng = createRng(seed);
  for (let n = 0; n < count; n++) {
    const [x, y, radius] = [10 + 20 * rng.uniform(), 10 + 20 * rng.uniform(), 6 + 8 * rng.uniform()];
    const rgb = new Uint8Array(SIDE_PX * SIDE_PX * 3);
    const mask = new Uint8Array(SIDE_PX * SIDE_PX);
    for (let i = 0; i < mask.length; i++) {
      const inside = Math.hypot((i % SIDE_PX) - x, Math.floor(i / SIDE_PX) - y) < radius;
      mask[i] = inside ? 255 : 0;
      for (let c = 0; c < 3; c++) rgb[3 * i + c] = (inside ? 170 : 20) + rng.integer(60);
    }
    const name = `${String(n).padStart(3, "0")}.png`;
    await writePng(join(folder, "images", name), picture(SIDE_PX, SIDE_PX, 3, rgb), SRGB);
    await writePng(join(folder, "masks", name), picture(SIDE_PX, SIDE_PX, 1, mask), SRGB_GREY);
  }
}

async function writePng(path: string, pixels: Picture, colour: ColourProfile): Promise<void> {
  const image = { frames: [{ picture: pixels, delayMs: 0 }], loop: 0, colour };
  await writeFile(path, await encodeImage(image, { format: "png" }));
}
