import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { Tensor, toOnnx, type Builder } from "../../graph/index.js";
import { decodeImage, type Picture } from "../../image/index.js";
import { attach, cat, conv, Module, relu, resize, type Layer, type StateDict } from "../../nn/index.js";
import { encodeModel } from "../../onnx/index.js";
import { createBuilder } from "../../ops/index.js";
import { createNodeSession } from "../../runtime/node.js";
import { asDtype, type TensorData } from "../../util/index.js";
import { architecture, inputTensor, MobileNetV2, type MobileNetV2Options } from "../index.js";
import { loadBackbone, readWeights, reestimateStatistics } from "./index.js";

// Backbone weights whose normalisation is folded in: what they compute under our normalisation layers is what PyTorch
// computes with the folded ones (tools/fixtures/backbones.py).

interface Golden {
  readonly imagenet: {
    readonly picture: string;
    readonly size: number;
    readonly features: Readonly<Record<string, GoldenMap>>;
  };
  readonly deeplab: {
    readonly picture: string;
    readonly size: number;
    readonly blockPx: number;
    readonly personPixels: readonly number[];
  };
}
interface GoldenMap {
  readonly shape: readonly number[];
  readonly deviation: number;
  readonly at: readonly number[];
  readonly values: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL("backbones.golden.json", import.meta.url), "utf8")) as Golden;
const root = new URL("../../../../../", import.meta.url);
const shared = new URL("../shared/", root);
const here = existsSync(new URL("weights/", shared));
const file = (path: string): string => fileURLToPath(new URL(path, shared));

const modnet = architecture("modnet");

/** The upper middle of a photo, without any resampling, as MODNet's input. */
async function photo(path: string, sizePx: number): Promise<TensorData> {
  const { frames } = await decodeImage(path);
  const { picture } = frames[0]!;
  const left = Math.floor((picture.widthPx - sizePx) / 2);
  return inputTensor(modnet.input, cropRgb(picture, left, sizePx), { widthPx: sizePx, heightPx: sizePx });
}

function cropRgb({ widthPx, channels, data }: Picture, left: number, sizePx: number): Uint8Array {
  const out = new Uint8Array(sizePx * sizePx * 3);
  for (let y = 0, to = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx; x++)
      for (let c = 0; c < 3; c++, to++) out[to] = data[(y * widthPx + left + x) * channels + c]!;
  return out;
}

/** MobileNetV2 with a start checkpoint's backbone, in evaluation mode: its blocks one by one. */
function blocksOf(b: Builder, state: StateDict, options: MobileNetV2Options): readonly Layer[] {
  const backbone = new MobileNetV2(options);
  const own = new Map([...state].map(([key, tensor]) => [key.replace(/^backbone\./, ""), tensor]));
  attach(b, backbone, { mode: "eval", weights: "constants", state: own });
  return backbone.model.features;
}

async function run(b: Builder, outputs: Readonly<Record<string, Tensor>>, input: TensorData) {
  const named = Object.entries(outputs).map(([name, { value }]) => b.named(value, name));
  const session = await createNodeSession(encodeModel(toOnnx(b.build(named))), { inThread: "here" });
  try {
    return await session.run({ picture: input });
  } finally {
    await session.dispose();
  }
}

describe.skipIf(!here)("backbones in MODNet's start checkpoint (skipped where ../shared is absent)", () => {
  describe("MobileNetV2 of ImageNet", () => {
    let input: TensorData;
    let state: StateDict;
    beforeAll(async () => {
      input = await photo(fileURLToPath(new URL(golden.imagenet.picture, root)), golden.imagenet.size);
      const path = file("weights/mobilenetv2/mobilenetv2_1.0_imagenet_qat_fp16.json");
      const loaded = await loadBackbone(modnet, path);
      expect(loaded.notes.join()).toContain("52 batch normalisations that the file has folded away");
      state = await reestimateStatistics(modnet, loaded.state, [input], { only: loaded.isLoaded });
    });

    test("its features on a photo are PyTorch's", async () => {
      const b = createBuilder();
      const x = new Tensor(b, b.input("picture", "float32", input.shape));
      const outputs: Record<string, Tensor> = {};
      blocksOf(b, state, { padding: "end" }).reduce((y, block, i) => (outputs[i] = block(y)), x);
      const results = await run(b, outputs, input);
      for (const [i, { shape, deviation, at, values }] of Object.entries(golden.imagenet.features)) {
        const got = results[i]!;
        expect(got.shape).toEqual(shape);
        for (const [k, index] of at.entries())
          expect(
            Math.abs((got.data as Float32Array)[index]! - values[k]!) / deviation,
            `features.${i}`,
          ).toBeLessThan(2e-3);
      }
    });

    test("its normalisations hold the photos' statistics, the fresh ones what they began with", () => {
      const variance = (path: string): Float32Array => state.get(`${path}.running_var`)!.data as Float32Array;
      expect(variance("backbone.model.features.1.conv.1").some((v) => Math.abs(v - 1) > 0.1)).toBe(true);
      expect(variance("lr_branch.conv_lr16x.layers.1.bnorm").every((v) => v === 1)).toBe(true);
    });
  });

  test("DeepLabV3's backbone gives its person mask on a photo: PyTorch's, and nearly the label's", async () => {
    const { picture, size, blockPx, personPixels } = golden.deeplab;
    const path = file("weights/deeplabv3-mobilenetv2/deeplabv3_mobilenetv2_voc_fp16.json");
    await expect(loadBackbone(modnet, path)).rejects.toThrow(/missing \(backbone\.model\.features\.18/);
    const loaded = await loadBackbone(modnet, path, { partial: true });
    const input = await photo(file(`data/ccp-person/images/${picture}`), size);
    const b = createBuilder();
    const x = new Tensor(b, b.input("picture", "float32", input.shape));
    // At 513 pixels TensorFlow's padding is the same all around.
    const y = blocksOf(b, loaded.state, { dilated: true })
      .slice(0, 18)
      .reduce((z, block) => block(z), x);
    const head = new DeepLabHead();
    const weights = await readWeights(path);
    if (weights.kind !== "state-dict") throw new Error(weights.kind);
    const state = new Map([...weights.stateDict].map(([key, t]) => [key, asDtype(t, "float32")]));
    attach(b, head, { mode: "eval", weights: "constants", state });
    const { logits } = await run(b, { logits: resize(head(y), size, { alignCorners: true }) }, input);

    const person = classMask(logits!, 15);
    const blocks = new Array<number>(personPixels.length).fill(0);
    const across = size / blockPx;
    person.forEach((is, i) => {
      const [row, column] = [Math.floor(i / size / blockPx), Math.floor((i % size) / blockPx)];
      blocks[row * across + column]! += is;
    });
    const off = blocks.reduce((sum, n, i) => sum + Math.abs(n - personPixels[i]!), 0);
    expect(off / personPixels.reduce((a, n) => a + n, 0)).toBeLessThan(0.005);

    const label = await decodeImage(file(`data/ccp-person/masks/${picture.replace(/\.\w+$/, ".png")}`));
    const mask = label.frames[0]!.picture;
    const left = Math.floor((mask.widthPx - size) / 2);
    let [both, either] = [0, 0];
    person.forEach((is, i) => {
      const at = (Math.floor(i / size) * mask.widthPx + left + (i % size)) * mask.channels;
      const isLabelled = mask.data[at]! > 127 ? 1 : 0;
      both += is & isLabelled;
      either += is | isLabelled;
    });
    expect(both / either).toBeGreaterThan(0.75);
  });
});

/** DeepLabV3's own head on features of a sixteenth, as the weights' description lists it. */
class DeepLabHead extends Module {
  readonly aspp = { conv: conv(320, 256, { kernel: 1 }), pool: conv(320, 256, { kernel: 1 }) };
  readonly project = conv(512, 256, { kernel: 1 });
  readonly classifier = conv(256, 21, { kernel: 1 });

  forward(x: Tensor): Tensor {
    const pooled = relu(this.aspp.pool(x.mean([2, 3], { keep: true })));
    const spread = pooled.expand([1, 256, x.size(2), x.size(3)]);
    return this.classifier(relu(this.project(cat(spread, relu(this.aspp.conv(x))))));
  }
}

/** 1 where a class wins. */
function classMask({ shape, data }: TensorData, wanted: number): Uint8Array {
  const [, classes, height, width] = shape as [number, number, number, number];
  const logits = data as Float32Array;
  return Uint8Array.from({ length: height * width }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (logits[c * height * width + i]! > logits[best * height * width + i]!) best = c;
    return best === wanted ? 1 : 0;
  });
}
