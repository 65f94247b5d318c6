import { internalError } from "../util/index.js";
import { flattenOnto, inDepthOf, withAlpha } from "./blend.js";
import { samplesLike, toEightBits } from "./bytes.js";
import { parseColour, WHITE, type Colour } from "./colour.js";
import { colourSamples, toSrgb } from "./convert.js";
import type { FormatAbilities } from "./formats.js";
import { hasAlpha, picture, SRGB, SRGB_GREY, type Frame, type Image, type Samples } from "./picture.js";

/** The frames as the format can hold them: its depth, its channels, its colour spaces, flat where it has no alpha. */
export async function fitFormat(
  image: Image,
  abilities: FormatAbilities,
  background: Colour | string = WHITE,
): Promise<Image> {
  let { colour, frames } = image;
  if (abilities.bits === 8) frames = frames.map(narrowed);
  if (!abilities.alpha) ({ frames, colour } = await flattened(frames, colour, background));
  const carried = abilities.profile && (colour.space === "rgb" || abilities.grey);
  if (colour.icc !== undefined && !carried) {
    const from = colour;
    frames = await Promise.all(
      frames.map(async (frame) => ({ ...frame, picture: await toSrgb(frame.picture, from) })),
    );
    colour = SRGB;
  }
  return { ...image, frames, colour };
}

function narrowed(frame: Frame): Frame {
  const { picture: still, alpha } = frame;
  return {
    ...frame,
    picture: { ...still, data: toEightBits(still.data) },
    ...(alpha === undefined ? {} : { alpha: toEightBits(alpha) }),
  };
}

async function flattened(
  frames: readonly Frame[],
  colour: Image["colour"],
  background: Colour | string,
): Promise<Pick<Image, "frames" | "colour">> {
  if (!frames.some(({ picture: still, alpha }) => alpha !== undefined || hasAlpha(still)))
    return { frames, colour };
  const over = typeof background === "string" ? parseColour(background) : background;
  const grey = over.r === over.g && over.g === over.b;
  const staysGrey = colour.space === "grey" && grey && colour.icc === undefined;
  const toRgb = colour.space === "grey" && !staysGrey;
  const flat = await Promise.all(
    frames.map(async ({ picture: still, alpha, delayMs }) => {
      const base = toRgb ? await toSrgb(still, colour) : still;
      const samples = await colourSamples(over, {
        colour: toRgb || staysGrey ? SRGB : colour,
        data: base.data,
      });
      return { picture: flattenOnto(base, samples, alpha), delayMs };
    }),
  );
  return { frames: flat, colour: staysGrey ? SRGB_GREY : toRgb ? SRGB : colour };
}

/** Frames below each other in one strip, as libvips takes an animation; no copy when they stand so already. */
export function joinFrames(frames: readonly Frame[]): Omit<Frame, "delayMs"> {
  const stills = frames.map(({ picture: still, alpha }) =>
    alpha === undefined || frames.length === 1 ? still : withAlpha(still, alpha),
  );
  const [first] = stills;
  if (first === undefined) throw internalError("encodeImage", "at least one frame", "none");
  if (stills.length === 1) {
    const alpha = frames[0]!.alpha;
    return { picture: first, ...(alpha === undefined ? {} : { alpha: inDepthOf(first.data, alpha) }) };
  }
  const { widthPx, heightPx, channels, data } = first;
  const odd = stills.find((s) => s.widthPx !== widthPx || s.data.length !== data.length);
  if (odd !== undefined)
    throw internalError(
      "encodeImage",
      `frames of ${widthPx}×${heightPx}×${channels}`,
      `${odd.widthPx}×${odd.heightPx}×${odd.channels}`,
    );
  const tall = (samples: Samples) => picture(widthPx, heightPx * stills.length, channels, samples);
  const inPlace = stills.every(
    (s, i) => s.data.buffer === data.buffer && s.data.byteOffset === data.byteOffset + i * data.byteLength,
  );
  if (inPlace) {
    const length = data.length * stills.length;
    return { picture: tall(viewFrom(data, length)) };
  }
  const strip = samplesLike<Samples>(data, data.length * stills.length);
  stills.forEach((s, i) => {
    strip.set(s.data, i * data.length);
  });
  return { picture: tall(strip) };
}

/** A longer view of the memory that samples lie in, from where they begin. */
function viewFrom(data: Samples, length: number): Samples {
  return data instanceof Uint16Array
    ? new Uint16Array(data.buffer, data.byteOffset, length)
    : new Uint8Array(data.buffer, data.byteOffset, length);
}
