import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MattelierError } from "../util/index.js";
import { decodeImage } from "./decode.js";
import { supportedInputs } from "./formats.js";
import { gifEnd } from "./gif-end.js";
import { chart8 } from "./pictures.test-support.js";
import { readInput } from "./read-input.js";
import { uncompressedTiff } from "./tiff.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-bad-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function refusal(input: string | Uint8Array, options = {}): Promise<MattelierError> {
  const error: unknown = await decodeImage(input, options).then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof MattelierError)) throw new Error("expected a refusal", { cause: error });
  return error;
}

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const RAW = { width: 120, height: 90, channels: 3 } as const;
const source = () => sharp(chart8(120, 90, 3).data, { raw: RAW });
const strip = () => sharp(chart8(120, 90, 3).data, { raw: { ...RAW, pageHeight: 30 } });
const WRITERS: Record<string, () => Promise<Uint8Array>> = {
  jpeg: () => source().jpeg().toBuffer(),
  "progressive jpeg": () => source().jpeg({ progressive: true }).toBuffer(),
  png: () => source().png().toBuffer(),
  "interlaced png": () => source().png({ progressive: true }).toBuffer(),
  webp: () => source().webp().toBuffer(),
  "lossless webp": () => source().webp({ lossless: true }).toBuffer(),
  "animated webp": () => strip().webp().toBuffer(),
  avif: () => source().avif({ effort: 0 }).toBuffer(),
  gif: () => source().gif().toBuffer(),
  "animated gif": () => strip().gif().toBuffer(),
  "tiff, directory last": () => source().tiff({ compression: "deflate" }).toBuffer(),
  "tiff, directory first": () => Promise.resolve(uncompressedTiff(chart8(120, 90, 3), new Uint8Array(4))),
};

describe("cut short", () => {
  it.each(Object.keys(WRITERS))("%s: refused wherever it breaks off", async (kind) => {
    const whole = await WRITERS[kind]!();
    await decodeImage(whole);
    for (let part = 1; part < 24; part++) {
      const error = await refusal(whole.subarray(0, Math.floor((whole.length * part) / 24)), {
        where: "cut",
      });
      expect(error.code).toBe("invalid-image");
      expect(error.message).toMatch(/^cut: expected a (whole )?picture/);
      expect(error.message).not.toMatch(/\n|Input buffer/);
    }
  });

  it("a GIF's end is told from its blocks", async () => {
    const whole = await WRITERS["animated gif"]!();
    expect(gifEnd(whole)).toBe("whole");
    expect(gifEnd(Buffer.concat([whole, Buffer.from("trailing junk")]))).toBe("whole");
    expect(gifEnd(whole.subarray(0, -1))).toBe("open");
    expect(gifEnd(whole.subarray(0, -3))).toBe("cut");
    const decoded = await decodeImage(whole.subarray(0, -1));
    expect(decoded.frames).toHaveLength(3);
    expect(decoded.warnings).toEqual(["the file has no end mark: it may once have held more frames"]);
  });
});

describe("damaged", () => {
  it("PNG, whose chunks have check sums", async () => {
    const bytes = Uint8Array.from(await WRITERS.png!());
    bytes[bytes.length >> 1]! ^= 0x10;
    expect((await refusal(bytes)).code).toBe("invalid-image");
  });

  it("a tile of a TIFF", async () => {
    const tiff = await source()
      .tiff({ compression: "deflate", tile: true, tileWidth: 32, tileHeight: 32 })
      .toBuffer();
    tiff.fill(0, 8, tiff.length / 2);
    expect((await refusal(tiff)).code).toBe("invalid-image");
  });
});

describe("no picture", () => {
  it.each([
    ["an empty file", "", "an empty file"],
    ["text", "This is no picture.\n", "text"],
    ["a web page", "<!doctype html><html></html>", "text"],
    [
      "noise",
      Uint8Array.from({ length: 999 }, (_, i) => (i * 73 + 1) & 255),
      "bytes of no picture format that is known",
    ],
    ["one byte", Uint8Array.of(0xff), "bytes of no picture format that is known"],
    ["a JPEG's first bytes", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "JPEG data that is damaged or cut short"],
  ])("%s named .jpg", async (_, bytes, got) => {
    const path = await file("a.jpg", bytes);
    const error = await refusal(path);
    expect(error.toFacts()).toMatchObject({ code: "invalid-image", where: path });
    expect(error.got.startsWith(got)).toBe(true);
    expect(error.fix).toBeDefined();
  });

  it("a folder, a missing file, a path through a file", async () => {
    expect(await refusal(folder)).toMatchObject({ code: "unreadable", got: "a folder", where: folder });
    expect((await refusal(join(folder, "none.jpg"))).code).toBe("not-found");
    const path = await file("b.jpg", "x");
    expect((await refusal(join(path, "c.jpg"))).code).toBe("not-found");
  });

  it("a file without permission", async () => {
    const path = await file("secret.jpg", "x");
    await chmod(path, 0);
    const root = process.getuid?.() === 0;
    if (root) process.seteuid!(65534); // root may read anything
    try {
      expect(await refusal(path)).toMatchObject({ code: "unreadable", got: "no permission to read it" });
    } finally {
      if (root) process.seteuid!(0);
    }
  });

  it("more bytes than allowed, from a file or from a pipe", async () => {
    const path = await file("long.jpg", new Uint8Array(5000));
    expect((await refusal(path, { maxBytes: 4999 })).code).toBe("too-large");
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const [bytes] = await Promise.all([readInput(pipe), writeFile(pipe, new Uint8Array(3000))]);
    expect(bytes).toHaveLength(3000);
    const [result] = await Promise.allSettled([
      readInput(pipe, { maxBytes: 100 }),
      writeFile(pipe, new Uint8Array(300)),
    ]);
    expect(result).toMatchObject({ status: "rejected", reason: { code: "too-large" } });
  });

  it("a request to stop", async () => {
    const png = await WRITERS.png!();
    expect((await refusal(png, { signal: AbortSignal.abort() })).code).toBe("aborted");
    const controller = new AbortController();
    const decoding = refusal(png, { signal: controller.signal });
    controller.abort();
    expect((await decoding).code).toBe("aborted");
  });
});

function pngChunk(kind: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length);
  chunk.write(kind, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

/** A grey PNG of any claimed size over any compressed data. */
function pngOf(width: number, height: number, pixels: Uint8Array, before: Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", header),
    ...before,
    pngChunk("IDAT", deflateSync(pixels)),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
}

describe("the pixel cap", () => {
  it("refuses a decompression bomb by its header, at once and in little memory", async () => {
    const bomb = pngOf(11000, 11000, new Uint8Array(11001 * 11000));
    expect(bomb.length).toBeLessThan(500_000);
    const before = process.memoryUsage.rss();
    const start = performance.now();
    const error = await refusal(bomb, { where: "bomb.png" });
    expect(performance.now() - start).toBeLessThan(1000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
    expect(error.message).toMatch(
      /^bomb.png: expected at most 100.0 megapixels; got 11000×11000, 121.0 megapixels\. Fix: raise the cap/,
    );
    expect(error.code).toBe("too-large");
  });

  it("counts every frame", async () => {
    const gif = await strip().gif().toBuffer();
    await decodeImage(gif, { maxPixels: 120 * 90 });
    const error = await refusal(gif, { maxPixels: 120 * 90 - 1 });
    expect(error.got).toBe("120×30 in 3 frames, 10800 pixels");
  });

  it("can be raised and lowered", async () => {
    const png = await WRITERS.png!();
    expect((await refusal(png, { maxPixels: 10799 })).code).toBe("too-large");
    expect((await decodeImage(png, { maxPixels: 10800 })).frames).toHaveLength(1);
  });

  const packed = deflateSync(new Uint8Array(150e6));
  it.each(["zTXt", "iCCP", "iTXt"])("a PNG's bomb of a %s chunk stays packed", async (kind) => {
    const head = kind === "iTXt" ? "key\0\x01\0\0\0" : "key\0\0";
    const chunk = pngChunk(kind, Buffer.concat([Buffer.from(head, "latin1"), packed]));
    const before = process.memoryUsage.rss();
    const decoded = await decodeImage(pngOf(8, 8, new Uint8Array(72), [chunk]));
    expect(decoded.frames[0]!.picture.widthPx).toBe(8);
    expect(process.memoryUsage.rss() - before).toBeLessThan(75e6);
  });
});

describe("formats", () => {
  const svg = (content = "", size = 'width="10" height="10"') =>
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${size}>${content}</svg>`);

  it("says which there are", async () => {
    const inputs = await supportedInputs();
    for (const name of ["jpeg", "png", "webp", "avif", "tiff", "gif"])
      expect(inputs.find((f) => f.name === name)?.byDefault).toBe(true);
    expect(inputs.find((f) => f.name === "svg")?.byDefault).toBe(false);
  });

  it("SVG is refused unless it is accepted by name, packed or not", async () => {
    const error = await refusal(svg());
    expect(error).toMatchObject({ code: "unsupported" });
    expect(error.fix).toMatch(/accept the format svg/);
    expect((await refusal(Buffer.from([0x1f, 0x8b, 8, 0]))).code).toBe("unsupported");
    const decoded = await decodeImage(svg('<rect width="5" height="10" fill="#ff0000"/>'), {
      formats: ["svg"],
    });
    const { channels, data } = decoded.frames[0]!.picture;
    expect([decoded.format, channels]).toEqual(["svg", 4]);
    expect([...data.subarray(0, 4), ...data.subarray(36, 40)]).toEqual([255, 0, 0, 255, 0, 0, 0, 0]);
    expect((await refusal(svg("", 'width="30000" height="30000"'), { formats: ["svg"] })).code).toBe(
      "too-large",
    );
  });

  it("SVG reaches no other file", async () => {
    const path = join(folder, "red.png");
    await sharp({ create: { width: 4, height: 4, channels: 3, background: "#f00" } })
      .png()
      .toFile(path);
    for (const href of [path, `file://${path}`, "red.png"]) {
      const decoded = await decodeImage(svg(`<image width="10" height="10" href="${href}"/>`), {
        formats: ["svg"],
      });
      expect(Math.max(...decoded.frames[0]!.picture.data)).toBe(0);
    }
  });

  it("others can be left out", async () => {
    const error = await refusal(await WRITERS.gif!(), { formats: ["jpeg", "png"], where: "a.gif" });
    expect(error.message).toBe("a.gif: expected a picture of the accepted formats: jpeg, png; got gif.");
  });

  it("HEIC is named as what it is", async () => {
    const heic = Buffer.alloc(64);
    heic.write("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1");
    expect(await refusal(heic)).toMatchObject({ code: "unsupported" });
  });

  it("samples that are neither 8 nor 16 bits of light are refused, not guessed", async () => {
    const floats = Float32Array.from({ length: 64 }, (_, i) => i / 64);
    const grey = await sharp(floats, { raw: { width: 8, height: 8, channels: 1 } })
      .toColourspace("b-w")
      .tiff({ predictor: "float", compression: "deflate" })
      .toBuffer();
    expect(await refusal(grey)).toMatchObject({
      code: "unsupported",
      got: '1 channels of float samples in the space "b-w"',
    });
  });

  it("the still picture of an animated PNG is read, aloud", async () => {
    const control = pngChunk("acTL", new Uint8Array(8));
    const decoded = await decodeImage(pngOf(8, 8, new Uint8Array(72), [control]));
    expect(decoded.warnings).toEqual(["only the still picture of an animated PNG was read"]);
  });
});
