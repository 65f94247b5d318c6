import { join } from "node:path";
import type { Folder } from "./folder.js";
import { ifReadable, picturesBelow } from "./folder.js";
import { counted, leftOut, type Layout, type LayoutResult } from "./layout.js";
import { anyFiles, matchFolders, pairSamples } from "./match-pairs.js";
import { LABELS_SAID, probeGrey, probeMaskValues } from "./probe.js";

const IMAGE_WORDS = new Set(
  "image images img imgs im photo photos picture pictures input inputs rgb jpegimages original".split(" "),
);
const MASK_WORDS = new Set(
  "mask masks matte mattes alpha alphas gt groundtruth label labels annotation annotations segmentationclass".split(
    " ",
  ),
);
/** The last word of a folder's name decides: `DUTS-TR-Image`, `ground_truth_mask`, `blurred_image`. */
const lastWord = (name: string): string => name.toLowerCase().split(/[-_ ]/).at(-1)!;
export const isImageFolder = (name: string): boolean => IMAGE_WORDS.has(lastWord(name));
export const isMaskFolder = (name: string): boolean => MASK_WORDS.has(lastWord(name));

/** A folder of photos and one of masks, as most sets have them: PPM-100, DUTS, DIS5K, ECSSD, P3M, our own. */
export const pairedFolders = {
  name: "pairs",
  summary: "images/ and masks/ (also image/ and matte/, im/ and gt/, DUTS-TR-Image/ and DUTS-TR-Mask/)",
  find: async (folder) => {
    const images = folder.folders.find(isImageFolder);
    const masks = folder.folders.find(isMaskFolder);
    if (images === undefined || masks === undefined) return undefined;
    return pairsOf(folder.path, images, masks);
  },
} as const satisfies Layout;

/** Any two folders whose files bear the same names: the grey one holds the masks. */
export const twoFolders = {
  name: "two-folders",
  summary: "any two folders whose files bear the same names",
  find: async (folder) => {
    const filled = await filledFolders(folder);
    if (filled.length !== 2) return undefined;
    const [a, b] = filled as [string, string];
    const { pairs, images, masks } = await matchFolders(folder.path, a, b);
    if (pairs.length <= images.length + masks.length) return undefined;
    const grey = await Promise.all(
      [pairs.map((p) => p.image), pairs.map((p) => p.mask)].map((paths) => probeGrey(paths)),
    );
    if (grey[0] === grey[1]) return undefined;
    return grey[1] === true ? pairsOf(folder.path, a, b) : pairsOf(folder.path, b, a);
  },
} as const satisfies Layout;

async function filledFolders(folder: Folder): Promise<string[]> {
  const inside = await Promise.all(
    folder.folders.map((name) => ifReadable(picturesBelow(join(folder.path, name)))),
  );
  return folder.folders.filter((_, i) => (inside[i] ?? []).length > 0);
}

/** The photos of one folder with the masks of another; undefined where there are neither. */
export async function pairsOf(
  root: string,
  images: string,
  masks: string,
): Promise<LayoutResult | undefined> {
  const matched = await matchFolders(root, images, masks);
  if (!anyFiles(matched)) return undefined;
  const maskValues = await probeMaskValues(matched.pairs.map(({ mask }) => mask));
  const labels = maskValues === "labels" ? `; ${LABELS_SAID}` : "";
  const known = knownAs(images, masks);
  return {
    said: `${known}${images}/ with ${masks}/: ${counted(matched.pairs.length, "pair")}${labels}${leftOut(matched)}`,
    samples: pairSamples(matched, maskValues),
    backgrounds: [],
    unpaired: { images: matched.images, masks: matched.masks },
  };
}

function knownAs(images: string, masks: string): string {
  if (/^DUTS-/i.test(images)) return "DUTS layout, ";
  if (images === "im" && masks === "gt") return "DIS5K layout, ";
  if (images === "image" && masks === "matte") return "PPM-100 layout, ";
  return "";
}
