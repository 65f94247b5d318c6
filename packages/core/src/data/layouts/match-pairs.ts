import { join } from "node:path";
import type { MaskValues, PairSample } from "../sample.js";
import { nameBelow, picturesBelow, stemOf } from "./folder.js";

const MASK_SUFFIX = /[-_ ](mask|masks|matte|alpha|gt|seg|segmentation|label|trimap)$/i;
const IMAGE_SUFFIX = /[-_ ](image|img|photo|rgb)$/i;

/** Files matched by name: the pairs of paths, and what is left over on either side. */
export interface Matched {
  readonly pairs: readonly { readonly name: string; readonly image: string; readonly mask: string }[];
  readonly images: readonly string[];
  readonly masks: readonly string[];
}

/**
 * Match photos with masks by their path below each folder, without ending; a mask may carry a suffix (`0001_mask.png`).
 * A second file of the same name is left over.
 */
export function matchByName(
  imageFolder: string,
  images: readonly string[],
  maskFolder: string,
  masks: readonly string[],
): Matched {
  const key = (folder: string, path: string, suffix: RegExp): [exact: string, bare: string] => {
    const exact = nameBelow(folder, path);
    return [exact, exact.replace(suffix, "")];
  };
  const byName = new Map<string, string>();
  for (const mask of masks) {
    const [exact, bare] = key(maskFolder, mask, MASK_SUFFIX);
    if (!byName.has(exact)) byName.set(exact, mask);
    if (!byName.has(bare)) byName.set(bare, mask);
  }
  const pairs: Matched["pairs"][number][] = [];
  const left: string[] = [];
  const used = new Set<string>();
  for (const image of images) {
    const [exact, bare] = key(imageFolder, image, IMAGE_SUFFIX);
    const mask = byName.get(exact) ?? byName.get(bare);
    if (mask === undefined || used.has(mask)) left.push(image);
    else {
      used.add(mask);
      pairs.push({ name: exact, image, mask });
    }
  }
  return { pairs, images: left, masks: masks.filter((mask) => !used.has(mask)) };
}

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
export const isMaskName = (path: string): boolean => MASK_SUFFIX.test(stemOf(path));
