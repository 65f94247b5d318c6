import { join } from "node:path";
import type { MaskValues, PairSample } from "../sample.js";
import { nameBelow, picturesBelow, stemOf, withoutPictureEnding } from "./folder.js";

const MASK_SUFFIX = /[-_ ](mask|masks|matte|alpha|gt|seg|segmentation|label|trimap)$/i;
const IMAGE_SUFFIX = /[-_ ](image|img|photo|rgb)$/i;

/** Files matched by name: the pairs of paths, and what is left over on either side. */
export interface Matched {
  readonly pairs: readonly { readonly name: string; readonly image: string; readonly mask: string }[];
  readonly images: readonly string[];
  readonly masks: readonly string[];
}

/** What a file may be called: as it is, or without what a mask's or photo's name carries beside it. */
interface Keys {
  readonly path: string;
  readonly exact: string;
  readonly bare: string;
}

/** Which names are compared, photo's with mask's: the closest first, so that none is taken from one that fits better. */
const ROUNDS = [
  ["exact", "exact"],
  ["exact", "bare"],
  ["bare", "exact"],
  ["bare", "bare"],
] as const;

/**
 * Match photos with masks by their path below each folder, without ending; a mask may carry a suffix (`0001_mask.png`)
 * or its photo's ending (`0001.jpg.png`). A second file of the same name is left over.
 */
export function matchByName(
  imageFolder: string,
  images: readonly string[],
  maskFolder: string,
  masks: readonly string[],
): Matched {
  const imageKeys = images.map((path): Keys => {
    const exact = nameBelow(imageFolder, path);
    return { path, exact, bare: exact.replace(IMAGE_SUFFIX, "") };
  });
  const maskKeys = masks.map((path): Keys => {
    const exact = nameBelow(maskFolder, path);
    return { path, exact, bare: bareMaskName(exact) };
  });
  const known = { exact: firstBy("exact", maskKeys), bare: firstBy("bare", maskKeys) };
  const partners = new Map<string, string>();
  const used = new Set<string>();
  for (const [ofImage, ofMask] of ROUNDS)
    for (const image of imageKeys) {
      const mask = known[ofMask].get(image[ofImage]);
      if (mask === undefined || used.has(mask) || partners.has(image.path)) continue;
      used.add(mask);
      partners.set(image.path, mask);
    }
  return {
    pairs: imageKeys.flatMap(({ path, exact }) => {
      const mask = partners.get(path);
      return mask === undefined ? [] : [{ name: exact, image: path, mask }];
    }),
    images: images.filter((image) => !partners.has(image)),
    masks: masks.filter((mask) => !used.has(mask)),
  };
}

/** Paths by what they are called, the first of each name. */
function firstBy(key: "exact" | "bare", files: readonly Keys[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const file of files) if (!known.has(file[key])) known.set(file[key], file.path);
  return known;
}

/** A mask's name as its photo's: of `0001_mask`, `0001.jpg` and `0001.jpg_mask`, `0001`. */
const bareMaskName = (name: string): string =>
  withoutPictureEnding(withoutPictureEnding(name).replace(MASK_SUFFIX, ""));

/** Match the pictures of two folders, those below them too. */
export async function matchFolders(root: string, images: string, masks: string): Promise<Matched> {
  const [imageFolder, maskFolder] = [join(root, images), join(root, masks)];
  return matchByName(
    imageFolder,
    await picturesBelow(imageFolder),
    maskFolder,
    await picturesBelow(maskFolder),
  );
}

/** Whether there was anything to match. */
export const anyFiles = ({ pairs, images, masks }: Matched): boolean =>
  pairs.length + images.length + masks.length > 0;

export function pairSamples(matched: Matched, maskValues: MaskValues): PairSample[] {
  return matched.pairs.map(({ name, image, mask }) => ({
    kind: "pair",
    name,
    imagePath: image,
    maskPath: mask,
    maskValues,
  }));
}

/** Whether a name tells of a mask by its ending. */
export const isMaskName = (path: string): boolean => MASK_SUFFIX.test(withoutPictureEnding(stemOf(path)));
