import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readModelFile } from "../onnx/file.js";
import { addModel, type AddModelOptions } from "./add-model.js";
import { cardToMetadata } from "./card.js";
import { unknownCard } from "./direct-file.js";
import { sendFile, serve, type Reply, type TestServer } from "./download/server.test-support.js";
import { preprocessingToMetadata } from "./preprocessing.js";
import type { Progress } from "./progress.js";
import { listModels, openModel } from "./registry.js";
import { useTemporaryFolder } from "./temporary-folder.test-support.js";
import { TINY_WEIGHTS, tinyModel, tinyPreprocessing, type TinyModel } from "./tiny-model.test-support.js";

const folder = useTemporaryFolder();
const cacheDir = () => join(folder(), "cache");
const hub = () => ({ cacheDir: cacheDir(), packageRoots: [folder()] });
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const flags = { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } as const;
const metadata = preprocessingToMetadata(tinyPreprocessing);

async function write(model: TinyModel | string, name = "tiny.onnx"): Promise<string> {
  const path = join(folder(), name);
  await writeFile(path, typeof model === "string" ? model : tinyModel(model));
  return path;
}
const add = async (model: TinyModel | string, options: Partial<AddModelOptions> = {}) =>
  addModel(await write(model), { ...hub(), ...options });

/** What is left in the cache besides models. */
async function leftovers(): Promise<string[]> {
  const inside = async (name: string): Promise<string[]> =>
    (await readdir(join(cacheDir(), name)).catch(() => [])).filter(
      (entry) => name !== "models" || entry.includes("~"),
    );
  return [...(await inside("models")), ...(await inside("downloads"))];
}

describe("addModel, from a file", () => {
  it("copies the file as it is, with card, digest and what the graph shows", async () => {
    const reports: Progress[] = [];
    const { model, from } = await add(
      {},
      { flags, licence: "MIT", onProgress: (report) => reports.push(report) },
    );
    const bytes = tinyModel();
    expect(model).toMatchObject({
      name: "tiny",
      origin: "user",
      preprocessing: tinyPreprocessing,
      card: {
        licence: { spdx: "MIT" },
        sha256: sha256(bytes),
        bytes: bytes.length,
        inputSize: { widthPx: 32 },
        parameters: 3,
        macs: 3 * 32 * 32,
      },
    });
    expect(from).toMatchObject({ input: "graph", activation: "graph", mean: "given", scale: "default" });
    expect((await readFile(model.path)).equals(bytes)).toBe(true);
    expect(reports.at(-1)).toMatchObject({ phase: "copy", bytes: bytes.length, totalBytes: bytes.length });
    expect(await leftovers()).toEqual([]);
    expect(await openModel("tiny", hub())).toEqual(model);
  });

  it("takes preprocessing and card from metadata, and what is given before them", async () => {
    const card = { ...unknownCard("inside"), paper: "arXiv:2005.09007" };
    const { model, from } = await add(
      { metadata: { ...metadata, ...cardToMetadata(card) } },
      { name: "mine", flags: { channelOrder: "bgr", kernel: "area" } },
    );
    expect(model.card).toMatchObject({ name: "mine", paper: "arXiv:2005.09007" });
    expect(model.preprocessing).toEqual({
      ...tinyPreprocessing,
      channelOrder: "bgr",
      resize: { ...tinyPreprocessing.resize, kernel: "area" },
    });
    expect(from).toMatchObject({
      channelOrder: "given",
      resize: "given",
      mean: "metadata",
      input: "metadata",
    });
    const whole = await add(
      { metadata },
      { name: "whole", preprocessing: { ...tinyPreprocessing, scale: 1 } },
    );
    expect(whole.model.preprocessing.scale).toBe(1);
    expect(whole.from.scale).toBe("given");
  });

  it("asks for what nothing says", async () => {
    const asks = async (model: TinyModel, options: Partial<AddModelOptions>, flag: string): Promise<void> => {
      await expect(add(model, options)).rejects.toMatchObject({
        code: "invalid-model",
        fix: expect.stringContaining(`give ${flag}`) as string,
      });
    };
    await asks({}, { flags: { std: [1, 1, 1] } }, "--mean R,G,B");
    await asks({}, { flags: { mean: [0, 0, 0] } }, "--std R,G,B");
    await asks({ inputShape: [1, 3, "h", "w"] }, { flags }, "--input-size");
    await asks({ ends: ["Relu"] }, { flags }, "--activation");
    expect(await leftovers()).toEqual([]);
  });

  it("sees a sigmoid through casts and reshapes, and no other", async () => {
    expect((await add({ ends: ["Sigmoid", "Cast", "Identity"] }, { flags })).from.activation).toBe("graph");
    const logits = await add(
      { ends: ["Relu"] },
      { flags: { ...flags, activation: "sigmoid" }, name: "logits" },
    );
    expect(logits.model.preprocessing.output).toMatchObject({ kind: "logits", activation: "sigmoid" });
  });

  it("takes sizes left open, fixed or dynamic as asked", async () => {
    const open: TinyModel = { inputShape: ["n", 3, "h", "w"] };
    const size = { widthPx: 64, heightPx: 32 };
    const fixed = await add(open, { flags: { ...flags, inputSize: size }, name: "fixed" });
    expect(fixed.model.preprocessing.input).toEqual({ kind: "fixed", ...size });
    const dynamic = await add(open, {
      flags: { ...flags, inputSize: size, multipleOf: 32, resize: "short-side" },
      name: "dynamic",
    });
    expect(dynamic.model.preprocessing).toMatchObject({
      input: { kind: "dynamic", multipleOf: 32, defaultSize: size },
      resize: { rule: "short-side" },
    });
    expect(dynamic.model.card).toMatchObject({ parameters: 3, macs: 3 * 64 * 32 });
  });

  it("leaves out what it cannot count", async () => {
    const { card } = (await add({ ends: ["Mystery", "Sigmoid"] }, { flags })).model;
    expect(card).toMatchObject({ parameters: 3 });
    expect(card).not.toHaveProperty("macs");
  });

  it.each<[string, TinyModel, Partial<AddModelOptions>, object]>([
    [
      "another size",
      {},
      { flags: { ...flags, inputSize: { widthPx: 64, heightPx: 64 } } },
      { code: "shape-mismatch", expected: "sides that take 64x64 pixels", got: "[1, 3, 32, 32]" },
    ],
    [
      "dynamic for a fixed graph",
      {},
      { flags: { ...flags, multipleOf: 32, inputSize: { widthPx: 32, heightPx: 32 } } },
      { code: "shape-mismatch" },
    ],
    [
      "channels last",
      { inputShape: [1, 32, 32, 3] },
      { flags },
      { code: "shape-mismatch", expected: "[1, 3, height, width]" },
    ],
    ["bytes in", { dtype: "uint8" }, { flags }, { code: "dtype-mismatch", got: "uint8" }],
    [
      "two inputs",
      { extraInput: true },
      { flags },
      { code: "unsupported", got: "image [1, 3, 32, 32], previous [1, 1, 8, 8]" },
    ],
    [
      "two classes",
      { outputShape: [1, 2, 32, 32] },
      { flags },
      { code: "shape-mismatch", got: "[1, 2, 32, 32]" },
    ],
    [
      "a head that is not there",
      {},
      { flags: { ...flags, head: "mate" } },
      { code: "unknown-name", fix: 'did you mean "matte"?' },
    ],
    [
      "an index beyond the heads",
      {},
      { flags: { ...flags, head: 1 } },
      { code: "invalid-argument", expected: "an index below 1" },
    ],
  ])("refuses a model that does not fit: %s", async (_, model, options, error) => {
    await expect(add(model, options)).rejects.toMatchObject(error);
    expect((await listModels(hub())).models).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it("refuses what is no ONNX, a folder, and what is not there", async () => {
    await expect(add("%PDF-1.4", { flags })).rejects.toMatchObject({ code: "invalid-model" });
    await expect(add("", { flags })).rejects.toMatchObject({ code: "invalid-model", got: "no bytes" });
    await expect(addModel(join(folder(), "none.onnx"), hub())).rejects.toMatchObject({ code: "not-found" });
    await mkdir(join(folder(), "folder.onnx"));
    await expect(addModel(join(folder(), "folder.onnx"), hub())).rejects.toMatchObject({
      code: "unreadable",
    });
  });

  it("checks the digest and length that are declared", async () => {
    const bytes = tinyModel();
    await expect(add({}, { flags, sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "checksum-mismatch",
      got: sha256(bytes),
    });
    await expect(add({}, { flags, bytes: 7 })).rejects.toMatchObject({
      code: "checksum-mismatch",
      expected: "7 bytes",
    });
    expect(await leftovers()).toEqual([]);
    await add({}, { flags, sha256: sha256(bytes).toUpperCase(), bytes: bytes.length });
  });

  it("keeps names inside the cache, and takes none twice unless told to", async () => {
    await expect(add({}, { flags, name: "../escape" })).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(add({}, { flags, name: "isnet-imgly" })).rejects.toMatchObject({ code: "exists" });
    await add({}, { flags });
    await expect(add({}, { flags })).rejects.toMatchObject({
      code: "exists",
      fix: expect.stringContaining("--force") as string,
    });
    const { model } = await add({}, { flags: { ...flags, scale: 1 }, force: true });
    expect(await openModel("tiny", hub())).toEqual(model);
    expect(model.preprocessing.scale).toBe(1);
    expect(await leftovers()).toEqual([]);
  });

  it("brings weights in files beside the model along", async () => {
    await mkdir(join(folder(), "parts"));
    await writeFile(join(folder(), "parts", "kernel.bin"), TINY_WEIGHTS);
    const { model } = await add({ externalFile: "parts/kernel.bin" }, { flags });
    const copy = await readModelFile(model.path);
    expect(copy.graph?.initializer?.[0]?.rawData).toEqual(TINY_WEIGHTS);
    await writeFile(
      join(model.path, "..", "parts", "kernel.bin"),
      TINY_WEIGHTS.map((byte) => byte ^ 1),
    );
    await expect(openModel("tiny", hub())).rejects.toMatchObject({ code: "checksum-mismatch" });
  });

  it("says which file of weights is missing", async () => {
    await expect(add({ externalFile: "kernel.bin" }, { flags })).rejects.toMatchObject({
      code: "not-found",
      where: join(folder(), "kernel.bin"),
    });
    expect(await leftovers()).toEqual([]);
  });

  it("lets one of several win that add the same name at once", async () => {
    const source = await write({});
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => addModel(source, { ...hub(), flags })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "exists" });
    expect(await leftovers()).toEqual([]);
    const forced = Array.from({ length: 6 }, () => addModel(source, { ...hub(), flags, force: true }));
    await Promise.all(forced);
    await openModel("tiny", hub());
    expect(await leftovers()).toEqual([]);
  });

  it("clears away what a dead process left half made", async () => {
    const left = join(cacheDir(), "models", "other~00000000-1-000000000000");
    await mkdir(left, { recursive: true });
    await utimes(left, 1, 1);
    const alive = join(cacheDir(), "models", "other~00000000-1-000000000001");
    await mkdir(alive);
    await add({}, { flags });
    expect(await leftovers()).toEqual(["other~00000000-1-000000000001"]);
  });

  it("stops on abort and leaves nothing behind", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(add({}, { flags, signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
    expect(await leftovers()).toEqual([]);
  });
});

describe("addModel, from a URL", () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  const addUrl = async (reply: Reply, options: Partial<AddModelOptions> = {}) => {
    await server?.close();
    server = await serve(reply);
    return addModel(`${server.url}/models/Tiny.onnx?token=secret`, { ...hub(), retryDelayMs: 1, ...options });
  };
  const body = Buffer.from(tinyModel({ metadata }));

  it("downloads over a broken connection, and shows no token", async () => {
    const { model } = await addUrl((request, response, count) => {
      sendFile(request, response, { body, etag: '"1"', ...(count === 0 && { cutAfter: 100 }) });
    });
    expect(server!.ranges).toEqual(["", "bytes=100-"]);
    expect(model).toMatchObject({
      name: "tiny",
      card: { sha256: sha256(body), source: `${server!.url}/models/Tiny.onnx` },
    });
    expect((await readFile(model.path)).equals(body)).toBe(true);
    expect(await leftovers()).toEqual([]);
  });

  it("goes on in a later call where an earlier one gave up", async () => {
    const failing = addUrl(
      (request, response, count) => {
        if (count === 0) sendFile(request, response, { body, etag: '"1"', cutAfter: 100 });
        else response.destroy();
      },
      { retries: 0 },
    );
    await expect(failing).rejects.toMatchObject({ code: "download-failed" });
    expect(await leftovers()).toHaveLength(1);
    const { port } = new URL(server!.url);
    await server!.close();
    server = await serve((request, response) => {
      sendFile(request, response, { body, etag: '"1"' });
    }, Number(port));
    const { model } = await addModel(`${server.url}/models/Tiny.onnx?token=secret`, hub());
    expect(server.ranges).toEqual(["bytes=100-"]);
    expect((await readFile(model.path)).equals(body)).toBe(true);
    expect(await leftovers()).toEqual([]);
  });

  it("keeps a download whose preprocessing is not known yet, and throws away what is no model", async () => {
    const silent = Buffer.from(tinyModel());
    const unknown = addUrl((request, response) => {
      sendFile(request, response, { body: silent, etag: '"1"' });
    });
    await expect(unknown).rejects.toMatchObject({
      code: "invalid-model",
      where: expect.stringMatching(/^http:.*\/models\/Tiny\.onnx$/) as string,
    });
    expect(await leftovers()).toHaveLength(1);
    await addModel(`${server!.url}/models/Tiny.onnx?token=secret`, { ...hub(), flags });
    expect(server!.ranges).toEqual(["", `bytes=${silent.length}-`]);
    expect(await leftovers()).toEqual([]);

    const page = addUrl((_, response) => response.end("<!DOCTYPE html><title>Model</title>"), {
      name: "page",
    });
    await expect(page).rejects.toMatchObject({ code: "invalid-model", got: "an HTML page" });
    expect(await leftovers()).toEqual([]);
  });

  it("lets two downloads of the same model run side by side, and one win", async () => {
    const reply: Reply = (request, response) => {
      sendFile(request, response, { body, etag: '"1"' });
    };
    server = await serve(reply);
    const url = `${server.url}/Tiny.onnx`;
    const results = await Promise.allSettled([1, 2, 3].map(() => addModel(url, hub())));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await openModel("tiny", hub());
  });

  it("refuses models in several files, and addresses that are none", async () => {
    const several = addUrl((_, response) =>
      response.end(tinyModel({ metadata, externalFile: "kernel.bin" })),
    );
    await expect(several).rejects.toMatchObject({
      code: "unsupported",
      got: expect.stringContaining("kernel.bin") as string,
    });
    await expect(addModel("ftp://example.org/m.onnx", hub())).rejects.toMatchObject({
      code: "invalid-argument",
    });
    await expect(addModel("http://example.org/", hub())).rejects.toMatchObject({
      fix: "give one with --name",
    });
  });
});
