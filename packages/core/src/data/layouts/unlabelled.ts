import { join } from "node:path";
import type { UnlabelledSample } from "../sample.js";
import { namesBelow, picturesBelow } from "./folder.js";
import { counted, type Layout } from "./layout.js";
import { isImageFolder } from "./paired-folders.js";

/** Photos without masks: in the folder, or in its only folder if that is called as folders of photos are. */
export const unlabelled = {
  name: "unlabelled",
  summary: "photos alone, in the folder itself or in images/",
  find: async ({ path, folders, pictures }) => {
    const inside = pictures.length === 0 && folders.length === 1 ? folders.find(isImageFolder) : undefined;
    const root = inside === undefined ? path : join(path, inside);
    const paths = inside === undefined ? pictures.map((name) => join(path, name)) : await picturesBelow(root);
    if (paths.length === 0) return undefined;
    const names = namesBelow(root, paths);
    return {
      said: `${counted(paths.length, "photo")} without masks`,
      samples: paths.map((imagePath, i): UnlabelledSample => ({
        kind: "unlabelled",
        name: names[i]!,
        imagePath,
      })),
      backgrounds: [],
      unpaired: { images: [], masks: [] },
    };
  },
} as const satisfies Layout;
