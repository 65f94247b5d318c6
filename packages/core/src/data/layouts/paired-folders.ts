import { join } from "node:path";
import { isOfCutouts } from "./cutouts.js";
import type { Folder } from "./folder.js";
import { ifReadable, picturesBelow } from "./folder.js";
import { also, counted, joinParts, leftOut, type Layout, type LayoutResult } from "./layout.js";
import { anyFiles, matchFolders, pairSamples, type Matched } from "./match-pairs.js";
import { probeMasks } from "./probe.js";
import { whichAreMasks } from "./which-are-masks.js";

const IMAGE_WORDS = new Set(
  "image images img imgs im photo photos picture pictures input inputs rgb jpegimages original".split(" "),
);
const MASK_WORDS = new Set(
  (
    "mask masks matte mattes alpha alphas gt groundtruth label labels annotation annotations " +
    "segmentationclass segmentationobject"
  ).split(" "),
);
/** Called as masks are, but as often of boxes and outlines in text: VOC's XML, COCO's JSON, YOLO's lists. */
const PERHAPS_TEXT = new Set(["label", "labels", "annotation", "annotations"]);
/** The last word of a folder's name decides: `DUTS-TR-Image`, `ground_truth_mask`, `blurred_image`. */
const lastWord = (name: string): string => name.toLowerCase().split(/[-_ ]/).at(-1)!;
export const isImageFolder = (name: string): boolean => IMAGE_WORDS.has(lastWord(name));
export const isMaskFolder = (name: string): boolean => MASK_WORDS.has(lastWord(name));

/** A folder's name without its last word: `train` of `train_images`, `DUTS-TR` of `DUTS-TR-Mask`, nothing of `masks`. */
const partOf = (name: string): string => name.slice(0, -lastWord(name).length).replace(/[-_ ]+$/, "");
const isOf = (stem: string) => (name: string) =>
  partOf(name)
    .toLowerCase()
    .replace(/[-_ ]+/g, "-") === stem.toLowerCase().replace(/[-_ ]+/g, "-");

/**
 * Folders of photos and of masks, as most sets have them: PPM-100, DUTS, DIS5K, ECSSD, P3M, VOC, our own. Those whose
 * names agree but for the last word belong together (`train_images` and `train_masks`); several such are parts of the set.
 */
export const pairedFolders = {
  name: "pairs",
  summary: "images/ and masks/ (also image/ and matte/, im/ and gt/, DUTS-TR-Image/ and DUTS-TR-Mask/)",
  find: async ({ path, folders }) => {
    const images = folders.filter(isImageFolder);
    const masks = await ofPictures(path, folders.filter(isMaskFolder));
    const couples: [image: string, mask: string][] = [];
    const parts: [name: string, found: LayoutResult][] = [];
    for (const [image, candidates] of couplesOf(images, masks)) {
      const { mask, matched } = await bestMatch(path, image, candidates);
      couples.push([image, mask]);
      if (anyFiles(matched)) parts.push([partOf(image) || image, await pairsIn(image, mask, matched)]);
    }
    if (parts.length === 0) return undefined;
    const found = parts.length === 1 ? parts[0]![1] : joinParts(parts);
    const alone = [...images, ...masks].filter((name) => !couples.flat().includes(name));
    return alone.length === 0 ? found : { ...found, said: `${found.said}; ${alone.join("/, ")}/ left out` };
  },
} as const satisfies Layout;

/** Folders of masks without those whose names may mean text and that hold no picture. */
async function ofPictures(root: string, folders: readonly string[]): Promise<string[]> {
  const hold = await Promise.all(
    folders.map(
      async (name) => !PERHAPS_TEXT.has(lastWord(name)) || (await picturesBelow(join(root, name))).length > 0,
    ),
  );
  return folders.filter((_, i) => hold[i]);
}

/**
 * Folders of photos with those of masks that may belong to them: by their names, or else the first with all
 * (`blurred_image` and `mask`).
 */
function couplesOf(
  images: readonly string[],
  masks: readonly string[],
): (readonly [image: string, masks: readonly string[]])[] {
  const stems = images.filter((name, i) => images.findIndex(isOf(partOf(name))) === i);
  const all = stems.map((image) => [image, masks.filter(isOf(partOf(image)))] as const);
  const couples = all.filter(([, candidates]) => candidates.length > 0);
  if (couples.length > 0) return couples;
  return images[0] === undefined || masks.length === 0 ? [] : [[images[0], masks]];
}

/** The first of the folders of masks in which the most photos find theirs. */
async function bestMatch(
  root: string,
  image: string,
  masks: readonly string[],
): Promise<{ readonly mask: string; readonly matched: Matched }> {
  const each = [];
  for (const mask of masks) each.push({ mask, matched: await matchFolders(root, image, mask) });
  return each.reduce((best, one) => (one.matched.pairs.length > best.matched.pairs.length ? one : best));
}

/** Any two folders whose files bear the same names: the one that looks like masks holds them. */
export const twoFolders = {
  name: "two-folders",
  summary: "any two folders whose files bear the same names, one of photos and one of masks",
  find: async (folder) => {
    const filled = await filledFolders(folder);
    if (filled.length !== 2 || filled.some(isOfCutouts)) return undefined;
    const [a, b] = filled as [string, string];
    const { pairs, images, masks } = await matchFolders(folder.path, a, b);
    if (pairs.length <= images.length + masks.length) return undefined;
    const which = await whichAreMasks(
      pairs.map(({ image }) => image),
      pairs.map(({ mask }) => mask),
    );
    if (which === undefined) return undefined;
    return which === "second" ? pairsOf(folder.path, a, b) : pairsOf(folder.path, b, a);
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
  return anyFiles(matched) ? pairsIn(images, masks, matched) : undefined;
}

async function pairsIn(images: string, masks: string, matched: Matched): Promise<LayoutResult> {
  const { maskValues, labels } = await probeMasks(matched.pairs.map(({ mask }) => mask));
  const known = knownAs(images, masks);
  return {
    said: `${known}${images}/ with ${masks}/: ${counted(matched.pairs.length, "pair")}${also(labels)}${leftOut(matched)}`,
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
