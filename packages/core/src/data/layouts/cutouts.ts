import { join } from "node:path";
import type { CutoutSample } from "../sample.js";
import { namesBelow, picturesBelow } from "./folder.js";
import { also, counted, leftOut, type Layout } from "./layout.js";
import { anyFiles, matchFolders } from "./match-pairs.js";
import { withAlpha } from "./probe.js";

const FOREGROUND = /^(fg|foregrounds?)$/i;
const ALPHA = /^(alphas?|masks?|mattes?)$/i;
const BACKGROUND = /^(bg|backgrounds?)$/i;
const CUTOUTS = /^(rgba|cut-?outs?|subjects?)$/i;

/** Whether a folder is called as those of cut-outs or their backgrounds are. */
export const isOfCutouts = (name: string): boolean => CUTOUTS.test(name) || BACKGROUND.test(name);

async function backgroundsOf(path: string, folders: readonly string[]): Promise<string[]> {
  const name = folders.find((folder) => BACKGROUND.test(folder));
  return name === undefined ? [] : picturesBelow(join(path, name));
}

const onBackgrounds = (count: number): string =>
  count === 0 ? ", to be composed on backgrounds given beside" : ` and ${counted(count, "background")}`;

/** Foregrounds, alphas and backgrounds apart, as Adobe's composition set has them (Xu 2017, arXiv:1703.03872). */
export const composition = {
  name: "composition",
  summary: "fg/ and alpha/, perhaps bg/ (Adobe composition)",
  find: async ({ path, folders }) => {
    const foreground = folders.find((name) => FOREGROUND.test(name));
    const alpha = folders.find((name) => ALPHA.test(name));
    if (foreground === undefined || alpha === undefined) return undefined;
    const matched = await matchFolders(path, foreground, alpha);
    if (!anyFiles(matched)) return undefined;
    const backgrounds = await backgroundsOf(path, folders);
    return {
      said:
        `composition layout, ${foreground}/ with ${alpha}/: ` +
        `${counted(matched.pairs.length, "subject")}${onBackgrounds(backgrounds.length)}${leftOut(matched)}`,
      samples: matched.pairs.map(({ name, image, mask }): CutoutSample => ({
        kind: "cutout",
        name,
        imagePath: image,
        maskPath: mask,
      })),
      backgrounds,
      unpaired: { images: matched.images, masks: matched.masks },
    };
  },
} as const satisfies Layout;

/** Pictures with alpha, in the folder or in its `rgba/` or `cutouts/`. */
export const cutouts = {
  name: "cutouts",
  summary: "pictures with alpha, in the folder itself or in rgba/ or cutouts/",
  find: async ({ path, folders, pictures }) => {
    const inside = folders.find((name) => CUTOUTS.test(name));
    const root = inside === undefined ? path : join(path, inside);
    const all = inside === undefined ? pictures.map((name) => join(path, name)) : await picturesBelow(root);
    const paths = await withAlpha(all);
    if (paths.length === 0) return undefined;
    const others = all.length - paths.length;
    const backgrounds = await backgroundsOf(path, folders);
    const names = namesBelow(root, paths);
    return {
      said:
        `${counted(paths.length, "cut-out")} with alpha${onBackgrounds(backgrounds.length)}` +
        also(others === 0 ? undefined : `${counted(others, "picture")} without alpha left out`),
      samples: paths.map((imagePath, i): CutoutSample => ({
        kind: "cutout",
        name: names[i]!,
        imagePath,
      })),
      backgrounds,
      unpaired: { images: [], masks: [] },
    };
  },
} as const satisfies Layout;
