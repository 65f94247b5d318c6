import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeModel } from "@mattelier/core/onnx";
import { modelsCommand } from "./models.js";

let folder: string;
let out = "";
let err = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-cli-models-"));
  vi.stubEnv("MATTELIER_CACHE", join(folder, "cache"));
  [out, err] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = 0;
  await rm(folder, { recursive: true, force: true });
});

/** Run `mattelier models …` here; what it printed. */
async function models(...args: string[]): Promise<string> {
  out = "";
  const command = modelsCommand();
  for (const sub of [command, ...command.commands]) sub.exitOverride();
  await command.parseAsync(args, { from: "user" });
  return out;
}
const modelsJson = async (...args: string[]): Promise<unknown> => JSON.parse(await models(...args, "--json"));

/** A network of one convolution and a sigmoid, 16x16 pixels. */
const onnx = encodeModel({
  irVersion: 10,
  opsetImport: [{ version: 21 }],
  graph: {
    name: "tiny",
    node: [
      { opType: "Conv", input: ["image", "kernel"], output: ["logits"] },
      { opType: "Sigmoid", input: ["logits"], output: ["matte"] },
    ],
    initializer: [
      {
        name: "kernel",
        dims: [1, 3, 1, 1],
        dataType: 1,
        rawData: new Uint8Array(new Float32Array(3).buffer),
      },
    ],
    input: [port("image", [1, 3, 16, 16])],
    output: [port("matte", [1, 1, 16, 16])],
  },
});

function port(name: string, shape: readonly number[]) {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
}

async function tinyFile(): Promise<string> {
  const path = join(folder, "Tiny Net.onnx");
  await writeFile(path, onnx);
  return path;
}
const norm = ["--mean", "0.5", "--std", "0.25,0.5,1"];

describe("mattelier models", () => {
  it("adds, lists, describes, verifies and removes a model", async () => {
    const added = await models(
      "add",
      await tinyFile(),
      ...norm,
      "--licence",
      "MIT",
      "--channel-order",
      "bgr",
    );
    expect(added).toContain("Added tiny-net");
    expect(added).toContain("in: image float32 [1, 3, 16, 16]");
    expect(added).toContain("16x16 (as the network shows)");
    expect(added).toContain("std 0.25, 0.5, 1 (as given)");
    expect(added).toContain("bgr (as given)");
    expect(added).toContain("activation none (as the network shows)");

    expect(await models("list")).toMatch(/tiny-net +background-removal +16x16 +\d+ bytes +MIT +yours/);
    const [line, licence] = (await models("info", "tiny-net")).split("\n");
    expect(line).toBe("tiny-net");
    expect(licence).toMatch(/^ +Licence +MIT$/);
    expect(out).toContain(createHash("sha256").update(onnx).digest("hex"));

    const path = (await models("path", "tiny-net")).trim();
    expect((await readFile(path)).equals(onnx)).toBe(true);
    expect(await models("verify")).toBe("tiny-net: as it was added\n");
    expect(await models("remove", "tiny-net")).toBe("Removed tiny-net from the cache.\n");
    await expect(models("info", "tiny-net")).rejects.toMatchObject({ code: "unknown-name" });
  });

  it("knows networks by name, the nearest of a mistyped one, and that they are no models yet", async () => {
    expect(await models("info", "u2netp")).toContain("u2netp: a network");
    await expect(models("info", "u2nett")).rejects.toMatchObject({
      code: "unknown-name",
      expected: expect.stringMatching(/isnet-imgly.*u2net/) as string,
      fix: 'did you mean "u2net"?',
    });
    await expect(models("path", "u2net")).rejects.toMatchObject({
      code: "unknown-name",
      fix: expect.stringContaining("mattelier import FILE --model u2net -o u2net.onnx") as string,
    });
  });

  it("speaks JSON", async () => {
    const preprocessing = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.5, 1], scale: 1, output: { minMax: true } };
    const added = await modelsJson(
      "add",
      await tinyFile(),
      ...norm,
      "--scale",
      "1",
      "--min-max",
      "--name",
      "mine",
    );
    expect(added).toMatchObject({ name: "mine", origin: "user", preprocessing, from: { scale: "given" } });
    expect(await modelsJson("info", "mine")).toMatchObject({ card: { bytes: onnx.length }, preprocessing });
    const list = (await modelsJson("list")) as { name: string }[];
    expect(list.filter(({ name }) => name === "mine")).toMatchObject([{ default: false }]);
    expect(await modelsJson("verify", "mine")).toEqual([{ name: "mine", ok: true }]);
    expect(await modelsJson("remove", "mine")).toEqual({ removed: "mine" });
    expect(err).toBe("");
  });

  it("takes preprocessing and card from files, as info prints them", async () => {
    await models("add", await tinyFile(), ...norm, "--name", "first", "--licence", "MIT");
    const { preprocessing, card } = (await modelsJson("info", "first")) as Record<string, object>;
    const [p, c] = [join(folder, "p.json"), join(folder, "c.json")];
    await writeFile(p, JSON.stringify(preprocessing));
    await writeFile(c, JSON.stringify({ ...card, paper: "arXiv:1505.04597" }));
    await models("add", await tinyFile(), "--name", "second", "--preprocessing", p, "--card", c);
    expect(await modelsJson("info", "second")).toMatchObject({
      preprocessing,
      card: { name: "second", paper: "arXiv:1505.04597", licence: { spdx: "MIT" } },
    });
    await writeFile(p, "{");
    await expect(models("add", await tinyFile(), "--preprocessing", p)).rejects.toMatchObject({
      code: "invalid-config",
      where: p,
    });
  });

  it("downloads", async () => {
    const server: Server = createServer((_, response) => response.end(onnx));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/u2netp.onnx`;
    try {
      await models("add", url, ...norm, "--sha256", createHash("sha256").update(onnx).digest("hex"));
      expect(await modelsJson("info", "u2netp")).toMatchObject({ card: { source: url } });
      const tooLarge = models("add", url, ...norm, "--name", "large", "--max-size", "0.01kB");
      await expect(tooLarge).rejects.toMatchObject({ code: "too-large" });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it.each([
    [["--mean", "0.5,0.5"], "--mean", "three numbers R,G,B or one for all", '"0.5,0.5"'],
    [["--mean", "a"], "--mean", "three numbers R,G,B or one for all", '"a"'],
    [["--std", "1,0,1"], "--std", "three numbers above 0, R,G,B, or one for all", '"1,0,1"'],
    [["--input-size", "320x"], "--input-size", "WIDTHxHEIGHT in pixels, such as 320x320", '"320x"'],
    [["--multiple-of", "0.5"], "--multiple-of", "a whole number of pixels", '"0.5"'],
    [["--scale", "-1"], "--scale", "a number above 0, such as 255", '"-1"'],
    [["--sha256", "abc"], "--sha256", "64 hexadecimal digits", '"abc"'],
    [["--max-size", "big"], "--max-size", "a size such as 500MB, 2GiB or a number of bytes", '"big"'],
  ])("refuses %j", async (flags, where, expected, got) => {
    await expect(models("add", "x.onnx", ...flags)).rejects.toMatchObject({
      code: "invalid-argument",
      where,
      expected,
      got,
    });
  });

  it("takes negative means", async () => {
    await models("add", await tinyFile(), "--mean", "-1,0,0.5", "--std", "1", "--name", "negative");
    expect(await modelsJson("info", "negative")).toMatchObject({ preprocessing: { mean: [-1, 0, 0.5] } });
  });

  it("names choices that do not exist, as the command line does", async () => {
    await expect(models("add", "x.onnx", "--kernel", "cubic")).rejects.toMatchObject({
      code: "commander.invalidArgument",
    });
    expect(err).toContain("Allowed choices are nearest, bilinear, bicubic, lanczos3, area");
  });

  it("goes on past a broken model, and says so", async () => {
    await models("add", await tinyFile(), ...norm, "--name", "good");
    await models("add", await tinyFile(), ...norm, "--name", "torn");
    await writeFile(join(folder, "cache", "models", "torn", "entry.json"), "{}");
    expect(await models("list")).toContain("good");
    expect(err).toMatch(/error: .*torn.*entry\.json.*models remove torn/);
    expect(process.exitCode).toBe(1);
    await models("verify");
    expect(out).toBe("good: as it was added\n");
    await models("remove", "torn");
  });

  it("verify finds a changed file", async () => {
    await models("add", await tinyFile(), ...norm, "--name", "changed");
    const path = join(folder, "cache", "models", "changed", "model.onnx");
    await writeFile(
      path,
      onnx.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    );
    await expect(models("verify", "changed")).rejects.toMatchObject({
      code: "checksum-mismatch",
      where: path,
    });
    await expect(models("path", "changed")).rejects.toMatchObject({ code: "checksum-mismatch" });
  });

  it("explains itself with examples", async () => {
    for (const args of [["--help"], ["add", "--help"]]) {
      await expect(models(...args)).rejects.toMatchObject({ code: "commander.helpDisplayed" });
      expect(out).toMatch(/Examples:\n {2}mattelier models/);
    }
  });
});
