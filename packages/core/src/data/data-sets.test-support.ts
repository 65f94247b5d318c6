import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encodeImage, picture, SRGB, SRGB_GREY, type Channels, type OutputFormat } from "../image/index.js";
import { createRng } from "../util/index.js";

/** A new temporary folder. */
export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "mattelier-data-"));

/**
 * Write a picture whose matte can be read off its colours: a disc of red 200 on blue 200, with texture of its own by
 * seed in green. The ending says the format; `of` says which part is written.
 */
export async function writePicture(
  path: string,
  options: {
    readonly of: "photo" | "mask" | "labels" | "cutout";
    readonly seed?: number;
    readonly widthPx?: number;
    readonly heightPx?: number;
  },
): Promise<void> {
  const { of, seed = 1, widthPx = 48, heightPx = 40 } = options;
  const channels: Channels = of === "photo" ? 3 : of === "cutout" ? 4 : 1;
  const rng = createRng(seed);
  const [cx, cy, radius] = [
    0.35 + 0.3 * rng.uniform(),
    0.35 + 0.3 * rng.uniform(),
    0.2 + 0.1 * rng.uniform(),
  ];
  const waves = Array.from(
    { length: 6 },
    () => [9 * rng.normal(), 9 * rng.normal(), 6 * rng.uniform()] as const,
  );
  const data = new Uint8Array(widthPx * heightPx * channels);
  for (let i = 0; i < widthPx * heightPx; i++) {
    const [x, y] = [((i % widthPx) + 0.5) / widthPx, (Math.floor(i / widthPx) + 0.5) / heightPx];
    const inside = Math.hypot(x - cx, y - cy) < radius;
    const texture = waves.reduce((sum, [a, b, c]) => sum + Math.sin(a * x + b * y + c), 0);
    const green = Math.min(255, Math.max(0, Math.round(128 + 40 * texture)));
    if (channels === 1) data[i] = inside ? (of === "labels" ? 1 : 255) : 0;
    else
      data.set(inside ? [200, green, 0, 255] : channels === 4 ? [0, 0, 0, 0] : [0, green, 200], i * channels);
  }
  const colour = channels === 1 ? SRGB_GREY : SRGB;
  const frames = [{ picture: picture(widthPx, heightPx, channels, data), delayMs: 0 }];
  const format: OutputFormat = path.endsWith(".jpg") ? "jpeg" : "png";
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await encodeImage({ frames, loop: 0, colour }, { format, quality: 95 }));
}

/** `count` pairs in folders of any names: `0000.jpg` and `0000.png` onwards. */
export async function writePairs(
  root: string,
  count: number,
  { images = "images", masks = "masks", first = 0 } = {},
): Promise<void> {
  for (let i = first; i < first + count; i++) {
    const name = String(i).padStart(4, "0");
    await writePicture(join(root, images, `${name}.jpg`), { of: "photo", seed: i + 1 });
    await writePicture(join(root, masks, `${name}.png`), { of: "mask", seed: i + 1 });
  }
}
