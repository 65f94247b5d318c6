import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defaultAugmentations } from "@mattelier/core/data";
import { decodeImage, encodeImage, picture, SRGB, SRGB_GREY } from "@mattelier/core/image";
import { writePreview } from "../dataset/preview.js";
import { datasetCommand } from "./dataset.js";

let folder: string;
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-cli-dataset-"));
  out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = 0;
  await rm(folder, { recursive: true, force: true });
});

async function write(path: string, channels: 1 | 3, value: (x: number, y: number, c: number) => number) {
  const data = Uint8Array.from({ length: 32 * 32 * channels }, (_, i) => {
    const p = Math.floor(i / channels);
    return value(p % 32, Math.floor(p / 32), i % channels);
  });
  const frames = [{ picture: picture(32, 32, channels, data), delayMs: 0 }];
  await mkdir(join(folder, path, ".."), { recursive: true });
  const colour = channels === 1 ? SRGB_GREY : SRGB;
  await writeFile(join(folder, path), await encodeImage({ frames, loop: 0, colour }, { format: "png" }));
}

async function run(...args: string[]): Promise<string> {
  const command = datasetCommand();
  for (const sub of [command, ...command.commands]) sub.exitOverride();
  await command.parseAsync(args, { from: "user" });
  return out;
}

const inside = (x: number, y: number): boolean => Math.hypot(x - 16, y - 16) < 9;
const pair = async (name: string, phase: number) => {
  await write(
    `images/${name}.png`,
    3,
    (x, y, c) => 128 + 100 * Math.sin((x * (c + phase) + y) / (2 + phase)),
  );
  await write(`masks/${name}.png`, 1, (x, y) => (inside(x, y) ? 255 : 0));
};

it("check prints how the set was understood and a table, and answers 0 for a clean set", async () => {
  await pair("a", 0);
  const text = await run("check", folder);
  expect(text).toContain("images/ with masks/: 1 pair");
  expect(text).toContain("1 samples, nothing found.");
  expect(process.exitCode).toBe(0);
});

it("errors answer 1, warnings only with --strict; --json lists all", async () => {
  await pair("a", 0);
  await write("masks/a.png", 1, () => 0);
  await run("check", folder);
  expect(process.exitCode).toBe(0);
  await run("check", folder, "--strict");
  expect(process.exitCode).toBe(1);
  await pair("b", 3);
  await rm(join(folder, "masks/b.png"));
  out = "";
  const report = JSON.parse(await run("check", folder, "--json")) as { findings: { kind: string }[] };
  expect(report.findings.map(({ kind }) => kind)).toEqual(["missing-mask", "empty-mask"]);
  expect(process.exitCode).toBe(1);
});

it("--against finds the pictures that another set has too", async () => {
  await pair("a", 0);
  await pair("b", 3);
  for (const part of ["images", "masks"]) {
    await mkdir(join(folder, "val", part), { recursive: true });
    await copyFile(join(folder, part, "b.png"), join(folder, "val", part, "other.png"));
  }
  await mkdir(join(folder, "train"));
  for (const part of ["images", "masks"]) await rename(join(folder, part), join(folder, "train", part));
  const [train, val] = [join(folder, "train"), join(folder, "val")];
  const text = await run("check", train, "--against", val);
  expect(text).toContain(`against ${val}: images/ with masks/: 1 pair`);
  expect(text).toMatch(/like one of the other set +1 +warning/);
  expect(text).toContain(`b: looks like other of ${val} (1.000)`);
  expect(process.exitCode).toBe(0);
  out = "";
  expect(await run("check", train)).not.toContain("the other set");
  await run("check", train, "--against", val, "--strict");
  expect(process.exitCode).toBe(1);
});

it("preview writes a sheet of picture, matte and overlay", async () => {
  await pair("a", 0);
  await pair("b", 3);
  const augment = join(folder, "run.yaml");
  await writeFile(augment, "augment:\n  - flip: {}\n    probability: 0.5\n  - hue\n");
  const sheet = join(folder, "sheet.png");
  const args = ["--count", "4", "--columns", "2", "--size", "32", "--augment", augment];
  await run("preview", folder, "-o", sheet, ...args);
  expect(out).toContain("4 samples");
  const { frames } = await decodeImage(await readFile(sheet));
  const { widthPx, heightPx, data, channels } = frames[0]!.picture;
  expect([widthPx, heightPx]).toEqual([2 * 98 + 3 * 6, 2 * 32 + 3 * 6]);
  const at = (x: number, y: number) => [...data.subarray((y * widthPx + x) * channels).subarray(0, 3)];
  // The middle of the first matte is subject, its corner is not.
  expect(at(6 + 33 + 16, 6 + 16)).toEqual([255, 255, 255]);
  expect(at(6 + 33, 6)).toEqual([0, 0, 0]);
});

it("preview adds a trimap to each sample, its band between the widths told", async () => {
  await pair("a", 0);
  const [augment, sheet] = [join(folder, "none.yaml"), join(folder, "sheet.png")];
  await writeFile(augment, "[]");
  const args = ["--count", "1", "--size", "32", "--augment", augment, "-o", sheet];
  await run("preview", folder, ...args, "--trimap", "2,3");
  const { widthPx, data, channels } = (await decodeImage(await readFile(sheet))).frames[0]!.picture;
  expect(widthPx).toBe(4 * 33 - 1 + 2 * 6);
  const row = Array.from({ length: 32 }, (_, x) => data[((6 + 16) * widthPx + 6 + 3 * 33 + x) * channels]!);
  expect([row[0], row[8], row[16]]).toEqual([0, 128, 255]);
  // Two edges, each with a band of 2 or 3 on both sides.
  const unsure = row.filter((value) => value === 128).length;
  expect(unsure).toBeGreaterThanOrEqual(8);
  expect(unsure).toBeLessThanOrEqual(12);
  await expect(run("preview", folder, ...args, "--trimap", "3")).rejects.toThrow("--trimap");
  await expect(run("preview", folder, ...args, "--trimap", "a,b")).rejects.toThrow("LOW,HIGH in pixels");
  await expect(run("preview", folder, ...args, "--trimap", "3,2")).rejects.toThrow("low end first");
});

it("preview shows what training does by default, also to a configuration that says nothing of it", async () => {
  await pair("a", 0);
  const sheetOf = async (...lines: string[]): Promise<Buffer> => {
    const [augment, sheet] = [join(folder, "run.yaml"), join(folder, "sheet.png")];
    await writeFile(augment, lines.join("\n"));
    await run("preview", folder, "-o", sheet, "--size", "32", "--augment", augment);
    return await readFile(sheet);
  };
  const silent = await sheetOf("model: u2netp", "size: 64");
  expect(silent).toEqual(await sheetOf(JSON.stringify(defaultAugmentations(32))));
  await run("preview", folder, "-o", join(folder, "plain.png"), "--size", "32");
  expect(await readFile(join(folder, "plain.png"))).toEqual(silent);
});

it("preview passes over files that cannot be used, and names them; without any other it says so", async () => {
  await pair("a", 0);
  await pair("b", 3);
  await writeFile(join(folder, "images/b.png"), "no picture");
  const sheet = join(folder, "sheet.png");
  const text = await run("preview", folder, "-o", sheet, "--count", "6", "--size", "32");
  expect(text).toMatch(/passed over b: .*b\.png/);
  expect(text).toContain("6 samples");
  await writeFile(join(folder, "images/a.png"), "no picture");
  await expect(run("preview", folder, "-o", sheet, "--size", "32")).rejects.toMatchObject({
    code: "invalid-data",
    expected: "a readable picture within 17 drawn",
  });
});

it("a preview that is asked to stop says so, and writes nothing", async () => {
  await pair("a", 0);
  const output = join(folder, "never.png");
  const sheet = { output, size: 16, count: 1, columns: 1, seed: 0, backgrounds: [] };
  const options = { ...sheet, augment: undefined, trimap: undefined };
  const stopped = writePreview(folder, { ...options, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "aborted", where: output });
  expect(existsSync(output)).toBe(false);
});

it("wrong files and flags are named", async () => {
  await pair("a", 0);
  const bad = join(folder, "bad.yaml");
  await writeFile(bad, "augment: [flp]\n");
  await expect(run("preview", folder, "--augment", bad)).rejects.toThrow('did you mean "flip"');
  await expect(run("preview", folder, "--size", "3")).rejects.toThrow(
    '--size: expected a whole number from 16 to 2048; got "3"',
  );
  await expect(run("check", join(folder, "nowhere"))).rejects.toThrow("nothing there");
});
