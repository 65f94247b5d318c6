import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { decodeSafetensors } from "@mattelier/core/checkpoint";
import { architecture } from "@mattelier/core/models";
import { membersOf } from "@mattelier/core/nn";
import type { TensorData } from "@mattelier/core/util";
import { discBytes, mattelier, useWorkshop } from "../cli.test-support.js";

// Start checkpoints of MODNet from backbones trained on something else, by the built command line.

const weights = new URL("../../../../../shared/weights/", import.meta.url);
const file = (name: string): string => fileURLToPath(new URL(name, weights));
const imagenet = file("mobilenetv2/mobilenetv2_1.0_imagenet_qat_fp16.json");
const deeplab = file("deeplabv3-mobilenetv2/deeplabv3_mobilenetv2_voc_fp16.json");

const { path, write } = useWorkshop();
const toStart = (name: string): string[] => ["--model", "modnet", "-o", path(name)];

const stateOf = (name: string): ReadonlyMap<string, TensorData> =>
  decodeSafetensors(new Uint8Array(readFileSync(path(name)))).tensors;
const floats = (state: ReadonlyMap<string, TensorData>, key: string): Float32Array =>
  state.get(key)!.data as Float32Array;

describe.skipIf(!existsSync(weights))("import --backbone (skipped where ../shared is absent)", () => {
  test("ImageNet's: MODNet whole, statistics of photos in the backbone; export takes it", async () => {
    await write("photos/a.png", await discBytes("png"));
    await write("photos/b.jpg", await discBytes("jpeg"));
    const made = await mattelier([
      ...["import", imagenet, ...toStart("start.safetensors"), "--backbone"],
      ...["--images", path("photos"), "--size", "64x64", "--json"],
    ]);
    expect(made.code, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout.toString())).toMatchObject({
      network: "modnet",
      notes: [
        "52 batch normalisations that the file has folded away became identities",
        `statistics of batch normalisation re-estimated on ${path("photos")}`,
      ],
      fit: { loaded: 260, missing: [], unexpected: [], misshapen: [] },
    });
    const state = stateOf("start.safetensors");
    const paths = membersOf(architecture("modnet").create()).state.map((member) => member.path);
    expect([...state.keys()].sort()).toEqual([...paths].sort());
    const variance = floats(state, "backbone.model.features.1.conv.1.running_var");
    expect(variance.some((v) => Math.abs(v - 1) > 0.1)).toBe(true);
    // What is fresh keeps what it begins with.
    expect(floats(state, "lr_branch.conv_lr16x.layers.1.bnorm.running_var").every((v) => v === 1)).toBe(true);

    const exported = await mattelier([
      ...["export", "--weights", path("start.safetensors"), ...toStart("start.onnx"), "--size", "64x64"],
    ]);
    expect(exported.code, exported.stderr).toBe(0);
  });

  test("DeepLab's lacks the last layer: refused whole, taken in part", async () => {
    const args = ["import", deeplab, ...toStart("part.safetensors"), "--backbone"];
    const refused = await mattelier(args);
    expect(refused.code).toBe(2);
    expect(refused.errors).toEqual([
      expect.stringMatching(/255 of 260 keys fit; 5 missing \(backbone\.model\.features\.18\..*--partial/),
    ]);
    const taken = await mattelier([...args, "--partial"]);
    expect(taken.code, taken.stderr).toBe(0);
    const text = taken.stdout.toString();
    expect(text).toMatch(/255 tensors loaded\n +Missing +5, begun afresh: backbone\.model\.features\.18\./);
    expect(text).toContain("8 tensors beside the backbone left out");
    expect(text).toContain("before training give --images FOLDER");
    expect(stateOf("part.safetensors").size).toBeGreaterThan(400);
  });

  test("where --backbone was forgotten, or makes no sense, the error says so", async () => {
    const forgotten = await mattelier(["import", imagenet, ...toStart("x.safetensors")]);
    expect([forgotten.code, forgotten.errors]).toEqual([
      2,
      [expect.stringMatching(/Fix: .*backbone: --backbone/)],
    ]);
    const senseless = await mattelier([
      ...["import", imagenet, "--model", "u2net", "--backbone", "-o", path("x.safetensors")],
    ]);
    expect([senseless.code, senseless.errors]).toEqual([
      2,
      [expect.stringMatching(/Fix: leave --backbone out, or choose modnet/)],
    ]);
  });
});
