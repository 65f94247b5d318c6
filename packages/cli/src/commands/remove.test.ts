import { existsSync } from "node:fs";
import { readdir, readFile, symlink, utimes } from "node:fs/promises";
import { relative } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeImage, type DecodedImage } from "@mattelier/core/image";
import { discBytes, mattelier, tinyOnnx, useWorkshop, type Ran } from "../cli.test-support.js";

const { path, write } = useWorkshop();
const tiny = (): string[] => ["--model", path("tiny.onnx")];

/** Files below a folder, in order. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, `${entry.parentPath}/${entry.name}`))
    .sort();
}
const decode = async (file: string): Promise<DecodedImage> => decodeImage(await readFile(file));
const jsonLines = ({ stdout }: Ran): Record<string, unknown>[] =>
  stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A PNG whose header promises far more pixels than its few bytes hold. */
function bomb(): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(60_000, 0);
  header.writeUInt32BE(60_000, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", Buffer.alloc(40)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("a folder", () => {
  it("of 100 with three broken files gives 97 results, three errors with name and reason, and exit code 1", async () => {
    const [jpeg, png] = [await discBytes("jpeg"), await discBytes("png")];
    for (let i = 0; i < 97; i++)
      await write(
        `hundred/${i % 3 === 0 ? "deep/er/" : ""}p${i}.${i % 2 ? "jpg" : "png"}`,
        i % 2 ? jpeg : png,
      );
    await write("hundred/zero.jpg", "");
    await write("hundred/deep/short.jpg", jpeg.subarray(0, jpeg.length / 2));
    await write("hundred/words.png", "These are words.\n");
    const args = ["remove", path("hundred"), "-o", path("out"), ...tiny()];

    const first = await mattelier(args);
    expect(first.code).toBe(1);
    expect(first.errors.toSorted()).toEqual([
      expect.stringMatching(/deep\/short\.jpg: expected a whole picture; got JPEG data that is .*cut short/),
      expect.stringMatching(/words\.png: expected a picture .*; got text\. Fix: /),
      expect.stringMatching(/zero\.jpg: expected a picture; got an empty file\. Fix: /),
    ]);
    expect(first.stderr).toMatch(/97 done, 3 failed, in /);
    expect(first.stderr).not.toMatch(/^\s+at /m);
    const results = await filesIn(path("out"));
    expect(results).toHaveLength(97);
    expect(results).toContain("deep/er/p0.png");
    expect((await decode(path("out/p1.png"))).frames[0]!.picture.channels).toBe(4);

    // What is done is skipped, unless its picture is newer.
    await utimes(path("hundred/p1.jpg"), new Date(), new Date(Date.now() + 60_000));
    const second = await mattelier(args);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/1 done, 96 there already \(--force redoes them\), 3 failed/);
  });

  it("is redone with --force, mirrored from patterns too, and left alone where the output lies in it", async () => {
    await write("small/a.jpg", await discBytes("jpeg"));
    await write("small/sub/b.png", await discBytes("png"));
    const args = ["remove", path("small"), "-o", path("small/out"), ...tiny()];
    expect((await mattelier(args)).code).toBe(0);
    expect((await mattelier([...args, "--force"])).stderr).toContain("2 done, in");
    expect(await filesIn(path("small/out"))).toEqual(["a.png", "sub/b.png"]);

    const pattern = await mattelier(
      ["remove", "small/**/*.png", "-o", "patterned", "-f", "webp", "--model", "tiny.onnx"],
      { cwd: path() },
    );
    expect(pattern.code).toBe(0);
    expect(await filesIn(path("patterned"))).toEqual(["out/a.webp", "out/sub/b.webp", "sub/b.webp"]);
  });
});

describe("one picture", () => {
  it("comes in on standard input and goes out on standard output", async () => {
    const ran = await mattelier(["remove", "-", ...tiny()], { input: await discBytes("jpeg") });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    const { format, frames } = await decodeImage(ran.stdout);
    expect([format, frames[0]!.picture.channels]).toEqual(["png", 4]);
  });

  it("is told of in one line of JSON: paths, sizes, milliseconds by stage", async () => {
    const input = await write("json/a.jpg", await discBytes("jpeg"));
    await write("json/b.jpg", "");
    const ran = await mattelier(["remove", path("json"), "-o", path("json-out"), "--json", ...tiny()]);
    expect([ran.code, ran.stderr]).toEqual([1, ""]);
    const lines = jsonLines(ran);
    expect(lines).toHaveLength(2);
    const number = expect.any(Number) as number;
    expect(lines.find((line) => line.input === input)).toEqual({
      input,
      output: path("json-out/a.png"),
      source: { format: "jpeg", widthPx: 40, heightPx: 30 },
      result: { format: "png", widthPx: 40, heightPx: 30, bytes: number },
      warnings: [],
      ms: {
        decode: number,
        preprocess: number,
        wait: number,
        inference: number,
        refine: number,
        encode: number,
        total: number,
      },
    });
    expect(lines.find((line) => line.error !== undefined)).toMatchObject({
      input: path("json/b.jpg"),
      error: { code: "invalid-image", got: "an empty file" },
    });
  });

  it("becomes a mask, lies on a colour, is cropped, goes into the format its name says", async () => {
    const input = await write("flags/a.png", await discBytes("png"));
    const out = (name: string): string => path("flags", name);
    const run = async (name: string, ...flags: string[]): Promise<DecodedImage> => {
      const ran = await mattelier(["remove", input, "-o", out(name), ...flags, ...tiny()]);
      expect(ran.errors).toEqual([]);
      return decode(out(name));
    };
    const [mask, onBlue, cropped] = await Promise.all([
      run("mask.png", "--mask"),
      run("blue.jpg", "--background", "#0000ff", "--quality", "95", "--threshold", "0.6"),
      run("crop.webp", "--crop", "2", "--threshold", "0.6"),
    ]);
    expect(mask.frames[0]!.picture.channels).toBe(1);
    expect(onBlue.format).toBe("jpeg");
    const [r, , b] = onBlue.frames[0]!.picture.data;
    expect(r! < 40 && b! > 215).toBe(true);
    const { widthPx, heightPx } = cropped.frames[0]!.picture;
    expect([cropped.format, widthPx < 40, heightPx < 30]).toEqual(["webp", true, true]);
  });

  it("that is an animation becomes an animated WebP", async () => {
    const input = await write("animated/a.gif", await discBytes("gif", 2));
    const ran = await mattelier(["remove", input, "-o", path("animated-out"), ...tiny()]);
    expect(ran.code).toBe(0);
    expect((await decode(path("animated-out/a.webp"))).frames).toHaveLength(2);
  });

  it("is never written over", async () => {
    const input = await write("precious/a.png", await discBytes("png"));
    const before = await readFile(input);
    for (const output of [input, path("precious")]) {
      const ran = await mattelier(["remove", input, "-o", output, ...tiny()]);
      expect(ran.code).toBe(1);
      expect(ran.errors[0]).toContain("expected another file for the result than the picture itself");
    }
    expect((await readFile(input)).equals(before)).toBe(true);
    const folder = await mattelier(["remove", path("precious"), "-o", path("precious"), ...tiny()]);
    expect([folder.code, folder.errors[0]]).toEqual([
      2,
      expect.stringMatching(/--output: expected another folder/),
    ]);
  });
});

describe("bad input is one line with what was expected, what came and how to mend it", () => {
  it("pictures: a bomb, an unreadable one, one that leads nowhere; --debug adds where", async () => {
    await write("bad/bomb.png", bomb());
    await symlink("loop.jpg", path("bad/loop.jpg"));
    await symlink("gone.jpg", path("bad/nowhere.jpg"));
    const args = ["remove", path("bad"), path("not-there.jpg"), "-o", path("bad-out"), ...tiny()];
    const ran = await mattelier(args);
    expect(ran.code).toBe(1);
    expect(ran.errors.toSorted()).toEqual([
      expect.stringMatching(
        /bomb\.png: expected at most 100.* megapixels; got .*3600.* Fix: .*--max-megapixels/,
      ),
      expect.stringMatching(/loop\.jpg: expected a readable picture file; got ELOOP/),
      expect.stringMatching(/nowhere\.jpg: expected a picture file; got no such file\. Fix: /),
      expect.stringMatching(/not-there\.jpg: expected a picture, .*; got nothing there\. Fix: /),
    ]);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect(await filesIn(path("bad-out"))).toEqual([]);

    const debugged = await mattelier([...args, "--debug"]);
    expect(debugged.stderr).toMatch(/^\s+at .*decodeImage/m);
  });

  it.skipIf(process.platform !== "linux")("a file that the system cannot read", async () => {
    await write("io/ok.jpg", await discBytes("jpeg"));
    await symlink("/proc/self/mem", path("io/mem.jpg"));
    const ran = await mattelier(["remove", path("io"), "-o", path("io-out"), ...tiny()]);
    expect(ran.errors).toEqual([
      expect.stringMatching(/mem\.jpg: expected a readable picture file; got EIO/),
    ]);
    expect(await filesIn(path("io-out"))).toEqual(["ok.png"]);
  });

  const refused: [what: string, args: () => string[], code: number, error: RegExp][] = [
    [
      "an output that cannot be written",
      () => ["-o", path("tiny.onnx/out.png")],
      2,
      /tiny\.onnx: expected a place that can be written to; got a file where a folder should be\. Fix: /,
    ],
    [
      "an unknown model",
      () => ["--model", "isnet-imgli", "-o", path("x.png")],
      2,
      /model: expected one of .*; got "isnet-imgli"\. Fix: did you mean "isnet-imgly"\?/,
    ],
    [
      "a model's file that is not there",
      () => ["--model", path("tinny.onnx"), "-o", path("x.png")],
      2,
      /tinny\.onnx: expected a file that can be read; got nothing there\. Fix: .*mattelier models list/,
    ],
    [
      "a model whose shape does not fit",
      () => ["--model", path("misfit.onnx"), "-o", path("x.png")],
      2,
      /misfit\.onnx: input image: expected \[1, 3, height, width\]; got \[1, 4, 32, 32\]/,
    ],
    [
      "a model that is none",
      () => ["--model", path("none.onnx"), "-o", path("x.png")],
      3,
      /none\.onnx, byte 0: expected an ONNX model; got text/,
    ],
    [
      "a provider that is not here",
      () => [
        "--provider",
        process.platform === "darwin" ? "dml" : "coreml",
        "-o",
        path("x.png"),
        "--model",
        path("tiny.onnx"),
      ],
      3,
      /provider \w+: expected it to work .*; got .*\. Fix: /,
    ],
    [
      "an output format that is not written",
      () => ["-o", path("x.bmp")],
      2,
      /output format: expected one of/,
    ],
    [
      "a flag that does not exist",
      () => ["--modle", "x"],
      2,
      /unknown option '--modle' \(Did you mean --model\?\)/,
    ],
  ];
  it.each(refused)("%s", async (_, args, code, error) => {
    const input = await write("fine.png", await discBytes("png"));
    await write("misfit.onnx", tinyOnnx({ inputShape: [1, 4, 32, 32], outputShape: [1, 1, 32, 32] }));
    await write("none.onnx", "not a model at all, just words");
    const ran = await mattelier(["remove", input, ...args()]);
    expect(ran.stderr.trim().split("\n")).toHaveLength(1);
    expect(ran.stderr).toMatch(error);
    expect(ran.code).toBe(code);
    expect(existsSync(path("x.png"))).toBe(false);
  });

  it.skipIf(process.platform !== "linux")("standard output on a full disk", async () => {
    const input = await write("fine.png", await discBytes("png"));
    const full = await mattelier(["remove", input, "-o", "-", ...tiny()], { stdout: "/dev/full" });
    expect([full.code, full.errors]).toEqual([
      1,
      [expect.stringMatching(/standard output: .* no space left on the disk/)],
    ]);
  });
});

describe("stopping", () => {
  const part = (file: string): boolean => file.endsWith(".part");

  it("Ctrl-C drops what is under way, leaves no half file, exits with 130; the next run does the rest", async () => {
    const jpeg = await discBytes("jpeg");
    for (let i = 0; i < 60; i++) await write(`many/p${i}.jpg`, jpeg);
    const args = ["remove", path("many"), "-o", path("many-out"), ...tiny()];
    const stopped = await mattelier(args, {
      onStderr: (child, text) => {
        if (text.includes("[3/60]")) child.kill("SIGINT");
      },
    });
    expect(stopped.code).toBe(130);
    const files = await filesIn(path("many-out"));
    expect(files.filter(part)).toEqual([]);
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(files.length).toBeLessThan(60);
    for (const file of files) await decode(path("many-out", file));

    const rest = await mattelier(args);
    expect([rest.code, (await filesIn(path("many-out"))).length]).toEqual([0, 60]);
  });

  it("--watch does what is there, then what comes, until Ctrl-C", async () => {
    const jpeg = await discBytes("jpeg");
    await write("inbox/first.jpg", jpeg);
    let step = 0;
    const ran = await mattelier(["remove", path("inbox"), "-o", path("inbox/outbox"), "--watch", ...tiny()], {
      onStderr: (child, text) => {
        if (step === 0 && text.includes("first.png")) {
          step = 1;
          void write("inbox/deep/second.jpg", jpeg).then(async () =>
            write("inbox/first.png", await discBytes("png")),
          );
        } else if (step === 1 && text.includes("second.png") && text.includes("first.png.png")) {
          step = 2;
          child.kill("SIGINT");
        }
      },
    });
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/3 done, in /);
    expect(await filesIn(path("inbox/outbox"))).toEqual(["deep/second.png", "first.png", "first.png.png"]);
  });
});

describe("help", () => {
  it("explains with examples, and lists the exit codes", async () => {
    const [main, remove] = await Promise.all([mattelier(["--help"]), mattelier(["remove", "--help"])]);
    expect([main.code, remove.code]).toEqual([0, 0]);
    expect(main.stdout.toString()).toMatch(/Exit codes:\n +0 +everything was done\n +1 +done, but some/);
    expect(remove.stdout.toString()).toContain("Examples:\n  mattelier remove photo.jpg");
    for (const flag of ["--model", "--provider", "--mask", "--background", "--crop", "--format", "--quality"])
      expect(remove.stdout.toString()).toContain(flag);
  });

  it("nothing at all is shown how to begin", async () => {
    const ran = await mattelier([]);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("mattelier remove photo.jpg")]);
  });
});
