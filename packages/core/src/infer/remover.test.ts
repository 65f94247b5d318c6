import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preprocessingToMetadata, type Preprocessing } from "../hub/preprocessing.js";
import { useTemporaryFolder } from "../hub/temporary-folder.test-support.js";
import { tinyModel, tinyPreprocessing } from "../hub/tiny-model.test-support.js";
import { decodeImage, encodeImage, SRGB, type Image } from "../image/index.js";
import { disc, paint } from "./pictures.test-support.js";
import { createRemover, type Remover } from "./remover.js";

const folder = useTemporaryFolder({ forAll: true });
const [W, H] = [60, 44];
/** White on black, where the tiny model sees the subject. */
const frame = (centreX: number) =>
  paint(W, H, 3, (x, y) => {
    const a = disc(centreX, 22, 12, 3)(x, y);
    return [a, a, a];
  });
const still = (centreX: number): Image => ({
  frames: [{ picture: frame(centreX), delayMs: 0 }],
  loop: 0,
  colour: SRGB,
});
/** Brightness from its least to its greatest is the matte. */
const bright: Preprocessing = {
  ...tinyPreprocessing,
  output: { ...tinyPreprocessing.output, minMax: true },
};

describe("createRemover", () => {
  let remover: Remover;
  beforeAll(async () => {
    remover = await remoteFrom(bright);
  });
  afterAll(() => remover.dispose());

  async function remoteFrom(preprocessing: Preprocessing): Promise<Remover> {
    const path = join(folder(), "bright.onnx");
    await writeFile(path, tinyModel({ metadata: preprocessingToMetadata(preprocessing) }));
    return createRemover({ model: path, cacheDir: join(folder(), "cache"), provider: "cpu", threads: 1 });
  }

  /** Where alpha's centre of mass lies, in columns. */
  const centre = ({ frames }: Image, index = 0): number => {
    const { widthPx, channels, data } = frames[index]!.picture;
    let [sum, weight] = [0, 0];
    data.forEach((value, i) => {
      if (i % channels !== channels - 1) return;
      weight += value;
      sum += value * (((i - channels + 1) / channels) % widthPx);
    });
    return sum / weight;
  };

  it("takes a path, bytes or a decoded picture, and says where the time went", async () => {
    const bytes = await encodeImage(still(25), { format: "png" });
    const path = join(folder(), "photo.png");
    await writeFile(path, bytes);
    const results = [
      await remover.remove(path),
      await remover.remove(bytes),
      await remover.remove(await decodeImage(bytes)),
    ];
    for (const { image, source, box, ms } of results) {
      expect(image.frames[0]!.picture).toEqual(results[0]!.image.frames[0]!.picture);
      expect(centre(image)).toBeCloseTo(25, 0);
      expect(source).toMatchObject({ format: "png", widthPx: W, heightPx: H });
      expect(box).toEqual({ x: 0, y: 0, width: W, height: H });
      expect(Object.keys(ms)).toEqual(["decode", "preprocess", "wait", "inference", "refine"]);
    }
  });

  it("shares the network among pictures that overlap, each getting its own", async () => {
    const centres = [15, 25, 35, 45];
    const results = await Promise.all(
      centres.map(async (x) => remover.remove(await encodeImage(still(x), { format: "png" }))),
    );
    results.forEach(({ image }, i) => {
      expect(centre(image)).toBeCloseTo(centres[i]!, 0);
    });
  });

  it("cuts out every frame of an animation, keeps delays and loop, and crops none of them", async () => {
    const centres = [15, 30, 45];
    const animation: Image = {
      frames: centres.map((x, i) => ({ picture: frame(x), delayMs: 100 * (i + 1) })),
      loop: 3,
      colour: SRGB,
    };
    const bytes = await encodeImage(animation, { format: "webp", lossless: true });
    const { image, box } = await remover.remove(bytes, { crop: { px: 0 } });
    expect(image.loop).toBe(3);
    expect(image.frames.map(({ delayMs }) => delayMs)).toEqual([100, 200, 300]);
    centres.forEach((x, i) => {
      expect(centre(image, i)).toBeCloseTo(x, 0);
    });
    expect(box).toEqual({ x: 0, y: 0, width: W, height: H });
    const again = await decodeImage(await encodeImage(image, { format: "webp" }));
    expect(again.frames).toHaveLength(3);
    expect(again.hadAlpha).toBe(true);
  });

  it("crops a still picture to its subject", async () => {
    const { image, box } = await remover.remove(await encodeImage(still(25), { format: "png" }), {
      crop: { px: 3 },
    });
    expect(box.width).toBeLessThan(40);
    expect(image.frames[0]!.picture.widthPx).toBe(box.width);
  });

  it("goes on after a picture that is none, and after an abort", async () => {
    await expect(remover.remove(Buffer.from("text"), { where: "notes.jpg" })).rejects.toMatchObject({
      code: "invalid-image",
      where: "notes.jpg",
    });
    const bytes = await encodeImage(still(25), { format: "png" });
    await expect(remover.remove(bytes, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
    expect(centre((await remover.remove(bytes)).image)).toBeCloseTo(25, 0);
  });

  it("names the model whose numbers are no numbers", async () => {
    const broken = await remoteFrom({ ...bright, mean: [1e38, -1e38, 0], std: [1e-30, 1e-30, 1] });
    const bytes = await encodeImage(still(25), { format: "png" });
    await expect(broken.remove(bytes)).rejects.toMatchObject({ code: "not-finite" });
    await broken.dispose();
  });
});
