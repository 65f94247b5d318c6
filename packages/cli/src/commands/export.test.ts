import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { decodeSafetensors } from "@mattelier/core/checkpoint";
import { encodeImage, picture, SRGB } from "@mattelier/core/image";
import { MattelierError } from "@mattelier/core/util";
import { exitCodeOf } from "../exit-codes.js";
import { exportCommand, importCommand } from "./export.js";

// The built command line, as users run it.
const bin = fileURLToPath(new URL("../../bin/mattelier.js", import.meta.url));
const shared = new URL("../../../../../shared/fixtures/", import.meta.url);
const fixturesAreHere = existsSync(shared);
const fixture = (name: string): string => fileURLToPath(new URL(name, shared));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-export-"));
});
afterAll(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function mattelier(...args: readonly string[]): Promise<Ran> {
  const env = { ...process.env, MATTELIER_CACHE: at("cache") };
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const small = ["--model", "u2netp", "--size", "48x32"] as const;

test("export writes a model that remove takes and plain onnxruntime-node runs", async () => {
  const made = await mattelier("export", ...small, "--licence", "MIT", "-o", at("fresh.onnx"), "--json");
  expect(made.err).toBe("");
  expect(JSON.parse(made.out)).toMatchObject({
    notes: ["no --weights: untrained, begun with seed 0"],
    onnx: { heads: ["d0"], opset: 17, folded: 112, kept: [], card: { licence: { spdx: "MIT" } } },
  });
  const session = await ort.InferenceSession.create(at("fresh.onnx"));
  const input = new ort.Tensor("float32", new Float32Array(2 * 3 * 32 * 48), [2, 3, 32, 48]);
  expect((await session.run({ input }))["d0"]!.dims).toEqual([2, 1, 32, 48]);
  await session.release();

  const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 37) % 256);
  const image = {
    frames: [{ picture: picture(40, 30, 3, pixels), delayMs: 0 }],
    loop: 0,
    colour: SRGB,
  };
  await writeFile(at("photo.png"), await encodeImage(image, { format: "png" }));
  const cut = await mattelier("remove", at("photo.png"), "--model", at("fresh.onnx"), "-o", at("cut.png"));
  expect(cut.code, cut.err).toBe(0);
  expect(existsSync(at("cut.png"))).toBe(true);
});

test("a model of ours imports back, layer by layer, to the same weights' function", async () => {
  await mattelier("export", ...small, "--seed", "5", "--heads", "all", "-o", at("seed5.onnx"));
  const { out } = await mattelier(
    "import",
    at("seed5.onnx"),
    "--model",
    "u2netp",
    "-o",
    at("seed5.safetensors"),
  );
  expect(out).toContain("119 of 119 layers matched by structure, from 7 outputs");
  expect(out).toMatch(/d0 is the file's d0 to within \d\.\de-\d, on noise/);
  const again = await mattelier("import", at("seed5.safetensors"), ...small, "-o", at("again.onnx"));
  expect(again.code, again.err).toBe(0);
});

test("a licence stays with its weights, through an .onnx and a checkpoint", async () => {
  await mattelier("export", ...small, "--licence", "CC-BY-4.0", "-o", at("licensed.onnx"));
  const args = ["import", at("licensed.onnx"), ...small, "--no-check", "-o"] as const;
  await mattelier(...args, at("licensed.safetensors"));
  const again = ["import", at("licensed.safetensors"), ...small, "-o", at("again.onnx")] as const;
  expect((await mattelier(...again)).out).toMatch(/Licence +CC-BY-4\.0/);
  expect((await mattelier(...again, "--licence", "MIT")).out).toMatch(/Licence +MIT/);
});

test("networks are described without weights", async () => {
  const { out } = await mattelier("models", "info", "u2net");
  expect(out).toContain("44.0 M (44009869)");
  expect(out).toContain("58.6 G (58598246400) at 320x320");
  const json = JSON.parse((await mattelier("models", "info", "modnet", "--json")).out) as object;
  expect(json).toMatchObject({ parameters: 6_487_075, heads: ["semantic", "detail", "matte"] });
});

/** Parse and run in this process: what the command rejects with. */
async function rejection(name: string, ...args: readonly string[]): Promise<unknown> {
  const command = name === "export" ? exportCommand() : importCommand();
  const quiet = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    return await command.exitOverride().parseAsync([...args], { from: "user" });
  } catch (error) {
    return error;
  } finally {
    quiet.mockRestore();
  }
}

test.each([
  ["export --model u2nett -o x.onnx", 'got "u2nett". Fix: did you mean "u2net"?'],
  ["import none.pth --model isnett -o x.onnx", 'got "isnett". Fix: did you mean "isnet"?'],
  ["export --model u2netp --weights u2net -o x.onnx", "mattelier import FILE --model u2net"],
  ["export --model inspyrenet-swinb -o x.onnx --dynamic-size", "Fix: export it at the size that you use"],
  ["export --model u2netp -o x.pb", "--output: expected a name that ends in .onnx or .safetensors"],
  ["export --model u2netp -o x.onnx --size 32,32", "--size: expected WIDTHxHEIGHT in pixels"],
  ["export --model u2netp -o x.onnx --heads d9", "head of u2netp"],
  [
    "export --model modnet -o x.onnx --size 100x100",
    "size for modnet: expected sides that are multiples of 32",
  ],
  ["import none.pth --model u2netp -o x.onnx", "none.pth: expected a file that can be read"],
  ["import none.pth --model u2netp -o x.onnx --strict --partial", "--strict: expected --strict or --partial"],
])("%s is a mistake that is explained", async (line, message) => {
  const [name, ...args] = line.split(" ") as [string, ...string[]];
  const error = await rejection(name, ...args);
  expect(error).toBeInstanceOf(MattelierError);
  expect((error as MattelierError).message).toContain(message);
  expect(exitCodeOf(error as MattelierError)).toBe(2);
});

test("help shows examples", async () => {
  expect((await mattelier("export", "--help")).out).toMatch(/Examples:\n {2}mattelier export /);
  expect((await mattelier("import", "--help")).out).toMatch(/Examples:\n {2}mattelier import /);
});

describe.skipIf(!fixturesAreHere)("checkpoints of PyTorch (skipped where ../shared is absent)", () => {
  test.each(["zip", "legacy"])("u2netp in the %s format, all heads as PyTorch has them", async (format) => {
    const output = at(`u2netp-${format}.onnx`);
    const made = await mattelier(
      ...["import", fixture(`checkpoints/u2netp_${format}.pth`), "--model", "u2netp"],
      ...["-o", output, "--size", "96x64", "--heads", "all"],
    );
    expect(made.code, made.err).toBe(0);
    const { tensors } = decodeSafetensors(new Uint8Array(readFileSync(fixture("u2netp.safetensors"))));
    const { data, shape } = tensors.get("input")!;
    const session = await ort.InferenceSession.create(output);
    const results = await session.run({ input: new ort.Tensor("float32", data as Float32Array, shape) });
    await session.release();
    expect(Object.keys(results)).toEqual(["d0", "d1", "d2", "d3", "d4", "d5", "d6"]);
    for (const [head, { data: got }] of Object.entries(results)) {
      const expected = tensors.get(`eval.${head}`)!.data as Float32Array;
      const worst = expected.reduce((w, x, i) => Math.max(w, Math.abs(x - (got as Float32Array)[i]!)), 0);
      expect(worst, head).toBeLessThan(1e-4);
    }
  });

  test("weights of another network are told whose they are", async () => {
    const args = [fixture("checkpoints/u2netp_zip.pth"), "--model", "u2net", "-o", at("other.onnx")];
    const { code, err } = await mattelier("import", ...args);
    expect(code).toBe(2);
    expect(err).toContain("Fix: they are weights of u2netp: --model u2netp");
  });

  test("a wrapped part of a network: refused whole, loaded in part with its report", async () => {
    const args = ["import", fixture("checkpoints/modnet_branches_wrapped.pth"), "--model", "modnet"];
    const strict = await mattelier(...args, "-o", at("part.onnx"));
    expect(strict.code).toBe(2);
    expect(strict.err).toMatch(/109 of 385 keys fit; 276 missing \(backbone\..*--partial to load what fits/);
    expect(existsSync(at("part.onnx"))).toBe(false);
    const partial = await mattelier(...args, "-o", at("part.safetensors"), "--partial");
    expect(partial.out).toContain("109 tensors loaded");
    expect(partial.out).toMatch(/Missing +276, begun afresh: backbone\./);
    expect(partial.out).toContain("state dict found under state_dict");
    expect(partial.out).toContain("prefix module. taken off the keys");
  });

  test("a hostile checkpoint is refused with the reason, and nothing is run or written", async () => {
    const { code, err } = await mattelier(
      ...["import", fixture("checkpoints/hostile.pth"), "--model", "u2netp", "-o", at("hostile.onnx")],
    );
    expect(code).toBe(2);
    expect(err).toMatch(/expected tensors and plain containers only; got posix\.system.*nothing was run/);
    expect(existsSync(at("hostile.onnx"))).toBe(false);
    expect(existsSync("/tmp/pwned")).toBe(false); // what the pickle would have made
  });
});
