import { readFileSync, readdirSync, existsSync } from "node:fs";
import { deflateSync } from "node:zlib";
import sharp, { type PngOptions } from "sharp";
import { expect, test } from "vitest";
import { decodeGreyPng } from "./grey-png.js";
import { chart8 } from "./pictures.test-support.js";

const grey = chart8(37, 29, 1);
const raw = { width: 37, height: 29, channels: 1 as const };
const encode = (options: PngOptions): Promise<Buffer> =>
  sharp(grey.data, { raw }).toColourspace("b-w").png(options).toBuffer();

test.each([{ adaptiveFiltering: false }, { adaptiveFiltering: true }, { compressionLevel: 0 }])(
  "gives the pixels that the codec gives, %j",
  async (options) => {
    expect(decodeGreyPng(await encode(options), 1e6)).toEqual(grey);
  },
);

test("every filter of a row", () => {
  // Rows filtered by hand: none, sub, up, average and Paeth of the same ramp, after a plain first row.
  const rows = [3, 0, 4, 1, 2, 4, 3].map((filter, y) => ({
    filter,
    bytes: Uint8Array.from({ length: 5 }, (_, x) => (x * 67 + y * 131) & 255),
  }));
  const chunk = (kind: string, data: Uint8Array): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(kind, 4, "latin1");
    return Buffer.concat([head, data, Buffer.alloc(4)]); // checksums of chunks are not read
  };
  const header = Buffer.from([0, 0, 0, 5, 0, 0, 0, 7, 8, 0, 0, 0, 0]);
  const filtered = Buffer.concat(rows.map(({ filter, bytes }) => Buffer.from([filter, ...bytes])));
  const png = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filtered)),
    chunk("IEND", new Uint8Array()),
  ]);
  const expected: number[][] = [];
  for (const [y, { filter, bytes }] of rows.entries()) {
    const row: number[] = [];
    for (const [x, byte] of bytes.entries()) {
      const [a, b, c] = [row[x - 1] ?? 0, expected[y - 1]?.[x] ?? 0, expected[y - 1]?.[x - 1] ?? 0];
      const nearest = [a, b, c].sort((p, q) => Math.abs(a + b - c - p) - Math.abs(a + b - c - q))[0]!;
      row.push((byte + [0, a, b, (a + b) >> 1, nearest][filter]!) & 255);
    }
    expected.push(row);
  }
  expect([...decodeGreyPng(png, 1e6)!.data]).toEqual(expected.flat());
});

test("leaves everything else to the codec", async () => {
  const plain = await encode({});
  expect(decodeGreyPng(plain.subarray(0, plain.length - 60), 1e6)).toBeUndefined();
  expect(decodeGreyPng(plain, 100)).toBeUndefined();
  expect(decodeGreyPng(await encode({ progressive: true }), 1e6)).toBeUndefined();
  expect(decodeGreyPng(await encode({ palette: true }), 1e6)).toBeUndefined();
  expect(
    decodeGreyPng(await sharp(grey.data, { raw }).png().toColourspace("srgb").toBuffer(), 1e6),
  ).toBeUndefined();
  expect(decodeGreyPng(await sharp(grey.data, { raw }).jpeg().toBuffer(), 1e6)).toBeUndefined();
});

const masks = new URL("../../../../../shared/data/ccp-person/masks/", import.meta.url);
test.skipIf(!existsSync(masks))("real masks, as the codec reads them", async () => {
  for (const name of readdirSync(masks).slice(0, 5)) {
    const bytes = readFileSync(new URL(name, masks));
    const expected = await sharp(bytes).toColourspace("b-w").raw().toBuffer();
    expect(Buffer.compare(decodeGreyPng(bytes, 1e7)!.data, expected)).toBe(0);
  }
});
