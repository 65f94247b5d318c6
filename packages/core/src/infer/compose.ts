import { SRGB, SRGB_GREY, toSrgb, type ColourProfile, type Picture, type Samples } from "../image/index.js";
import { picture as pictureOf } from "../image/picture.js";
import { backdropFor, layOver } from "./backdrop.js";
import { cooperate } from "./cooperate.js";
import { cutOut } from "./cut-out.js";
import { cropPicture, cropPlane, editAlpha, subjectBox } from "./edit-alpha.js";
import { mapBlocks } from "./blocks.js";
import { enlargeMatte } from "./enlarge-matte.js";
import { estimateLayers } from "./layer-colours.js";
import type { ComposeOptions } from "./options.js";
import { grow, type Plane, type Rectangle } from "./plane.js";
import type { MatteGrid } from "./resample.js";

/** A picture and the matte that a network saw in it. */
export interface Matted {
  readonly picture: Picture;
  readonly colour: ColourProfile;
  /** In [0, 1]. */
  readonly matte: Plane;
  /** Where the picture's pixels lie on the matte. */
  readonly grid: MatteGrid;
  readonly where: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Composed {
  /** Grey for a mask; with alpha for a cut-out; RGB on a background. */
  readonly picture: Picture;
  readonly colour: ColourProfile;
  /** What part of the source it shows. */
  readonly box: Rectangle;
}

/**
 * Make of a picture and its matte what the options ask for. Runs on the calling thread in short slices.
 * @throws MattelierError `aborted`; `invalid-argument` for a text that is no colour
 */
export async function compose(matted: Matted, options: ComposeOptions): Promise<Composed> {
  const { where, signal } = matted;
  const { picture, colour } = await inWorkingSpace(matted, options);
  const raw = await cooperate(enlargeMatte(matted.matte, matted.grid, picture), signal, where);
  const alpha = await editAlpha(raw, picture, options);
  const box = boxFor(alpha, options.crop);

  if (options.output === "mask") {
    const { widthPx, heightPx, data } = cropPlane(alpha, box);
    return { picture: pictureOf(widthPx, heightPx, 1, data), colour: SRGB_GREY, box };
  }
  const blocks = mapBlocks(alpha);
  const layers =
    options.foreground === false
      ? undefined
      : await cooperate(estimateLayers(picture, alpha, blocks), signal, where);
  const cutout = await cooperate(cutOut(picture, alpha, blocks, box, layers), signal, where);
  if (options.background === undefined) return { picture: cutout, colour, box };

  const backdrop = await backdropFor(options.background, { picture, colour, alpha });
  const cropped =
    backdrop.kind === "picture" ? { ...backdrop, picture: cropPicture(backdrop.picture, box) } : backdrop;
  return { picture: layOver(cutout, cropped), colour, box };
}

/** Grey stays grey in a cut-out; a background needs colours. */
async function inWorkingSpace(
  { picture, colour }: Matted,
  { background }: ComposeOptions,
): Promise<{ picture: Picture; colour: ColourProfile }> {
  if (background === undefined || picture.channels >= 3) return { picture, colour };
  return { picture: await toSrgb(picture, colour), colour: SRGB };
}

function boxFor(alpha: Plane<Samples>, crop: ComposeOptions["crop"]): Rectangle {
  const { widthPx, heightPx } = alpha;
  const whole = { x: 0, y: 0, width: widthPx, height: heightPx };
  const box = crop === undefined ? whole : (subjectBox(alpha) ?? whole);
  if (crop === undefined || box === whole) return whole;
  const margin = "px" in crop ? crop.px : (Math.max(box.width, box.height) * crop.percent) / 100;
  return grow(box, Math.round(margin), alpha);
}
