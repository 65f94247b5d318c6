import { describe, expect, it } from "vitest";
import {
  maxSample,
  SRGB,
  SRGB_GREY,
  type Channels,
  type DecodedImage,
  type Picture,
  type Samples,
} from "../image/index.js";
import { compose, type Composed } from "./compose.js";
import type { ComposeOptions } from "./options.js";
import { disc, paint, plane } from "./pictures.test-support.js";
import { stretched } from "./resample.js";

const [W, H] = [96, 64];
const subject = disc(40, 30, 18, 4);
const [FRONT, BEHIND] = [
  [0.8, 0.2, 0.1],
  [0.1, 0.3, 0.9],
] as const;
/** A red disc on blue. */
const scene = (x: number, y: number): number[] =>
  FRONT.map((f, c) => subject(x, y) * f + (1 - subject(x, y)) * BEHIND[c]!);

interface Take {
  readonly channels?: Channels;
  readonly depth?: 8 | 16;
  /** The picture's own alpha, where it has one. */
  readonly own?: (x: number, y: number) => number;
}

/** Compose the scene with the matte that a perfect network of its size would give. */
async function take(options: ComposeOptions, { channels = 3, depth = 8, own = () => 1 }: Take = {}) {
  const picture = paint(
    W,
    H,
    channels,
    (x, y) => {
      const colours = channels > 2 ? scene(x, y) : [scene(x, y)[0]!];
      return channels % 2 === 0 ? [...colours, own(x, y)] : colours;
    },
    depth,
  );
  return compose(
    {
      picture,
      colour: channels > 2 ? SRGB : SRGB_GREY,
      matte: plane(W, H, subject),
      grid: { x: stretched(W, W), y: stretched(H, H) },
      where: "the picture",
    },
    options,
  );
}

/** Samples of a pixel in [0, 1], two digits. */
function at({ picture }: Pick<Composed, "picture">, x: number, y: number): number[] {
  const { widthPx, channels, data } = picture;
  const start = (y * widthPx + x) * channels;
  return [...data.subarray(start, start + channels)].map(
    (value) => Math.round((100 * value) / maxSample(picture)) / 100,
  );
}

/** The pixels whose alpha is 0, every sample of them. */
function hidden({ channels, data }: Picture): Samples {
  return data.filter((_, i) => data[i - (i % channels) + channels - 1] === 0);
}

const CENTRE = [40, 30] as const;
const CORNER = [90, 60] as const;
/** A pixel of the edge that the subject covers by half. */
const EDGE = [58, 30] as const;

describe("compose", () => {
  it("cuts out: the subject's colours with alpha, and nothing where it is not", async () => {
    const result = await take({});
    expect(result.picture.channels).toBe(4);
    expect(at(result, ...CENTRE)).toEqual([...FRONT, 1]);
    const [r, g, b, a] = at(result, ...EDGE);
    expect(a).toBeCloseTo(0.5, 1);
    expect(Math.abs(r! - 0.8) + Math.abs(g! - 0.2) + Math.abs(b! - 0.1)).toBeLessThan(0.12);
    expect(hidden(result.picture).length).toBeGreaterThan(W * H);
    expect(hidden(result.picture).every((value) => value === 0)).toBe(true);
    expect(result.box).toEqual({ x: 0, y: 0, width: W, height: H });
  });

  it("leaves the picture's own colours at the edge when told so, and still hides what is not seen", async () => {
    const result = await take({ foreground: false });
    expect(at(result, ...EDGE).slice(0, 3)).toEqual([0.45, 0.25, 0.5]);
    expect(hidden(result.picture).every((value) => value === 0)).toBe(true);
  });

  it("gives the mask alone, in grey", async () => {
    const result = await take({ output: "mask" });
    expect(result.picture.channels).toBe(1);
    expect(result.colour).toBe(SRGB_GREY);
    expect([at(result, ...CENTRE), at(result, ...EDGE), at(result, ...CORNER)]).toEqual([[1], [0.5], [0]]);
  });

  it("keeps what is behind when inverted", async () => {
    const result = await take({ invert: true });
    expect(at(result, ...CORNER)).toEqual([...BEHIND, 1]);
    expect(at(result, ...CENTRE)).toEqual([0, 0, 0, 0]);
  });

  it.each(["lime", "#00ff00", { r: 0, g: 255, b: 0, alpha: 1 }])("lays on the colour %s", async (colour) => {
    const result = await take({ background: { kind: "colour", colour } });
    expect(result.picture.channels).toBe(3);
    expect([at(result, ...CENTRE), at(result, ...CORNER)]).toEqual([[...FRONT], [0, 1, 0]]);
    const [r, g, b] = at(result, ...EDGE);
    expect(Math.abs(r! - 0.4) + Math.abs(g! - 0.6) + Math.abs(b! - 0.05)).toBeLessThan(0.1);
  });

  it("lays on an image, scaled to cover and cropped at its centre", async () => {
    const behind: DecodedImage = {
      // White in the middle third, black beside it: of a wide picture only the middle shows.
      frames: [
        { picture: paint(300, 50, 3, (x) => (x >= 100 && x < 200 ? [1, 1, 1] : [0, 0, 0])), delayMs: 0 },
      ],
      loop: 0,
      colour: SRGB,
      format: "png",
      sourceSpace: "rgb",
      sourceBits: 8,
      hadAlpha: false,
      warnings: [],
    };
    const result = await take({ background: { kind: "image", image: behind } });
    expect([at(result, ...CENTRE), at(result, ...CORNER)]).toEqual([[...FRONT], [1, 1, 1]]);
  });

  it("lays on the blurred original, out of which the subject's colours do not bleed", async () => {
    const result = await take({ background: { kind: "blur", radiusPx: 12 } });
    expect(at(result, ...CENTRE)).toEqual([...FRONT]);
    // Four pixels off the subject a plain blur would be reddish.
    const [r, , b] = at(result, 66, 30);
    expect(r).toBeLessThan(0.15);
    expect(b).toBeGreaterThan(0.85);
  });

  it.each([
    ["without a margin", { px: 0 }, 0],
    ["with five pixels", { px: 5 }, 5],
    ["with ten per cent of the longer side", { percent: 10 }, 4],
  ])("crops to the subject %s", async (_, crop, margin) => {
    const result = await take({ crop });
    const { box, picture } = result;
    expect(box.x).toBeGreaterThanOrEqual(20 - margin);
    expect(box.x).toBeLessThanOrEqual(22 - margin);
    expect(box.width).toBeGreaterThanOrEqual(37 + 2 * margin);
    expect(box.width).toBeLessThanOrEqual(40 + 2 * margin);
    expect([picture.widthPx, picture.heightPx]).toEqual([box.width, box.height]);
    expect(at(result, CENTRE[0] - box.x, CENTRE[1] - box.y)).toEqual([...FRONT, 1]);
  });

  it("crops a background with its picture, and nothing when there is no subject", async () => {
    const cropped = await take({ crop: { px: 2 }, background: { kind: "blur" } });
    expect(cropped.picture.widthPx).toBe(cropped.box.width);
    expect((await take({ crop: { px: 0 }, threshold: 2 })).box.width).toBe(W);
  });

  it("makes alpha hard by a threshold", async () => {
    const { picture } = await take({ output: "mask", threshold: 0.9 });
    expect(new Set(picture.data)).toEqual(new Set([0, 255]));
    const soft = (await take({ output: "mask" })).picture;
    expect(picture.data).toEqual(soft.data.map((a) => (a >= 0.9 * 255 ? 255 : 0)));
  });

  it("softens the edge by feathering, after the threshold", async () => {
    const hard = await take({ output: "mask", threshold: 0.5 });
    const soft = await take({ output: "mask", threshold: 0.5, featherPx: 6 });
    const mixed = ({ picture }: Composed): number => picture.data.filter((a) => a > 5 && a < 250).length;
    expect(mixed(hard)).toBe(0);
    expect(mixed(soft)).toBeGreaterThan(500);
    expect(at(soft, ...CENTRE)).toEqual([1]);
  });

  it("keeps 16 bits, grey, and both", async () => {
    const wide = await take({}, { depth: 16 });
    expect(wide.picture.data).toBeInstanceOf(Uint16Array);
    expect(at(wide, ...CENTRE)).toEqual([...FRONT, 1]);
    // Values between those of 8 bits.
    expect(wide.picture.data.some((value, i) => i % 4 === 3 && value % 257 !== 0)).toBe(true);
    const grey = await take({}, { channels: 1, depth: 16 });
    expect([grey.picture.channels, grey.colour]).toEqual([2, SRGB_GREY]);
    expect(at(grey, ...CENTRE)).toEqual([0.8, 1]);
    expect(hidden(grey.picture).every((value) => value === 0)).toBe(true);
    const mask = await take({ output: "mask" }, { depth: 16 });
    expect(mask.picture.data).toBeInstanceOf(Uint16Array);
  });

  it("gives grey pictures colours where a background needs them", async () => {
    const result = await take({ background: { kind: "colour", colour: "red" } }, { channels: 1 });
    expect(result.colour).toBe(SRGB);
    expect([at(result, ...CENTRE), at(result, ...CORNER)]).toEqual([
      [0.8, 0.8, 0.8],
      [1, 0, 0],
    ]);
  });

  it("keeps what the picture's own alpha hides hidden", async () => {
    const result = await take({}, { channels: 4, own: (x) => (x < 40 ? 0 : 0.5) });
    expect(at(result, 30, 30)).toEqual([0, 0, 0, 0]);
    expect(at(result, 45, 30)[3]).toBeCloseTo(0.5, 2);
  });

  it("stops when it is aborted", async () => {
    const picture = paint(600, 450, 3, (x, y) => [(x % 7) / 7, (y % 5) / 5, 0.5]);
    const matte = plane(300, 225, (x, y) => ((x * 7 + y * 13) % 10) / 10);
    const work = compose(
      {
        picture,
        colour: SRGB,
        matte,
        grid: { x: stretched(300, 600), y: stretched(225, 450) },
        where: "big.png",
        signal: AbortSignal.abort(),
      },
      {},
    );
    await expect(work).rejects.toMatchObject({ code: "aborted", where: "big.png" });
  });
});
