import { join } from "node:path";
import { also, counted, leftOut, type Layout } from "./layout.js";
import { isMaskName, matchByName, pairSamples } from "./match-pairs.js";
import { stemOf, withoutPictureEnding } from "./folder.js";
import { probeMasks } from "./probe.js";

/** Photos and masks in one folder: `0001.jpg` and `0001.png`, or `0001.jpg` and `0001_mask.png`. */
export const besideEachOther = {
  name: "beside",
  summary: "photos and masks in one folder: 0001.jpg with 0001.png or 0001_mask.png",
  find: async ({ path, pictures }) => {
    const paths = pictures.map((name) => join(path, name));
    const isPhoto = (name: string): boolean => /\.(jpe?g|webp|avif)$/i.test(name) && !isMaskName(name);
    const suffixed = paths.filter(isMaskName);
    const photos = new Set(paths.filter(isPhoto).map(stemOf));
    const isTwin = (name: string): boolean => photos.has(name) || photos.has(withoutPictureEnding(name));
    const twins = paths.filter((p) => /\.png$/i.test(p) && !isMaskName(p) && isTwin(stemOf(p)));
    const masks = suffixed.length > 0 ? suffixed : twins;
    if (masks.length === 0) return undefined;
    const isMask = new Set(masks);
    const images = paths.filter((p) => !isMask.has(p));
    if (images.length === 0) return undefined;
    const matched = matchByName(path, images, path, masks);
    // Twins are pairs where most photos have one; a suffix tells of masks, unless few bear it and none has a photo.
    const most = 2 * (suffixed.length > 0 ? masks.length : matched.pairs.length) >= images.length;
    if (!most && (suffixed.length === 0 || matched.pairs.length === 0)) return undefined;
    const { maskValues, labels } = await probeMasks(matched.pairs.map(({ mask }) => mask));
    return {
      said: `photos and masks in one folder: ${counted(matched.pairs.length, "pair")}${also(labels)}${leftOut(matched)}`,
      samples: pairSamples(matched, maskValues),
      backgrounds: [],
      unpaired: { images: matched.images, masks: matched.masks },
    };
  },
} as const satisfies Layout;
