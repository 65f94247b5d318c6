import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder, writePairs, writePicture } from "../data-sets.test-support.js";
import { findDataset } from "../layouts/index.js";
import { checkDataset } from "./check-dataset.js";
import { findLeaks } from "./leakage.js";

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
  await writePairs(root, 12);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const image = (name: string): string => join(root, "images", `${name}.jpg`);
const mask = (name: string): string => join(root, "masks", `${name}.png`);
const flat = (value: number): Promise<Buffer> =>
  sharp(Buffer.alloc(48 * 40, value), { raw: { width: 48, height: 40, channels: 1 } })
    .png()
    .toBuffer();

test("a clean set has no findings", async () => {
  const progress: number[] = [];
  const report = await checkDataset(await findDataset(root), { onProgress: (done) => progress.push(done) });
  expect(report.findings).toEqual([]);
  expect(progress.at(-1)).toBe(12);
});

test("everything that can be wrong is found, each once", async () => {
  await rm(mask("0000"));
  await writePicture(mask("stray"), { of: "mask" });
  await writeFile(image("0001"), (await sharp(image("0001")).toBuffer()).subarray(0, 400));
  await writePicture(mask("0002"), { of: "mask", seed: 3, widthPx: 40 });
  await writeFile(mask("0003"), await flat(0));
  await writeFile(mask("0004"), await flat(255));
  await writeFile(mask("0005"), await sharp(mask("0005")).negate().toBuffer());
  await writeFile(mask("0006"), await sharp(mask("0006")).linear(0.5).toBuffer());
  // The same photo again: smaller, compressed harder, brighter.
  await writeFile(
    image("0008"),
    await sharp(image("0007")).modulate({ brightness: 1.1 }).jpeg({ quality: 60 }).toBuffer(),
  );
  await copyFile(mask("0007"), mask("0008"));

  const { findings, errors, warnings, counts } = await checkDataset(await findDataset(root));
  const told = findings.map(({ kind, name }) => `${kind} ${name.replace(root, "")}`);
  expect(told).toEqual([
    "missing-mask /images/0000.jpg",
    "missing-image /masks/stray.png",
    "unreadable 0001",
    "size-mismatch 0002",
    "empty-mask 0003",
    "full-mask 0004",
    "inverted-mask 0005",
    "faint-mask 0006",
    "near-duplicate 0008",
  ]);
  expect([errors, warnings]).toEqual([4, 5]);
  expect(counts["near-duplicate"]).toBe(1);
  expect(findings.find(({ kind }) => kind === "size-mismatch")!.detail).toBe("photo 48x40, mask 40x40");
});

test("a picture that another set has too is told, with its name there", async () => {
  const other = join(root, "other");
  await writePicture(join(other, "elsewhere.jpg"), { of: "photo", seed: 12 });
  await writeFile(join(other, "broken.jpg"), "no picture");
  const dataset = await findDataset(root, { layout: "pairs" });
  const progress: number[] = [];
  const { counts, findings, againstSaid } = await checkDataset(dataset, {
    against: await findDataset(other),
    onProgress: (_, total) => progress.push(total),
  });
  expect(againstSaid).toBe("2 photos without masks");
  expect(new Set(progress)).toEqual(new Set([dataset.samples.length + 2]));
  expect(counts.leak).toBe(1);
  const { name, detail } = findings.find(({ kind }) => kind === "leak")!;
  expect(name).toBe("0011");
  expect(detail).toContain(`looks like elsewhere of ${other} (1`);
  await rm(other, { recursive: true });
  await expect(findLeaks(dataset.samples, [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "aborted",
  });
});

test("held-out pictures that look like training pictures leak", async () => {
  const { samples } = await findDataset(root);
  const part = (names: readonly string[]) => samples.filter(({ name }) => names.includes(name));
  const leaks = await findLeaks(part(["0005", "0006", "0007"]), part(["0008", "0009"]));
  expect(leaks.map(({ train, held }) => [train, held])).toEqual([["0007", "0008"]]);
  expect(await findLeaks(part(["0005", "0006"]), part(["0008", "0009"]))).toEqual([]);
  await expect(findLeaks(samples, [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "MattelierError",
    code: "aborted",
  });
});
