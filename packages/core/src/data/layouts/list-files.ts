import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { fileError } from "../../files/index.js";
import { MattelierError } from "../../util/index.js";
import type { PairSample } from "../sample.js";
import { namesOf, stemOf } from "./folder.js";
import { counted, type Layout, type LayoutResult } from "./layout.js";
import { probeMasks } from "./probe.js";

const ENDING = "\\.(?:jpe?g|png|webp|avif|tiff?|gif|jfif|jpe)";
/** Two paths that end as pictures do, parted by spaces, tabs, a comma or a bar; names may hold spaces. */
const TWO_PATHS = new RegExp(`^(.+?${ENDING})(?:\\s*[,|]\\s*|\\s+)(.+${ENDING})$`, "i");

/** Lists of photo and mask, a pair a line: Supervisely person, PP-HumanSeg and what is made for their trainers. */
export const listFiles = {
  name: "lists",
  summary: "text files of photo and mask paths, a pair a line (Supervisely person, HumanSeg)",
  find: async ({ path, texts }) => {
    const parts: LayoutResult[] = [];
    for (const name of texts) {
      const lines = await linesOf(join(path, name));
      if (lines.length > 0 && TWO_PATHS.test(lines[0]!))
        parts.push(await readList(join(path, name), { subset: stemOf(name) }));
    }
    if (parts.length === 0) return undefined;
    return {
      said: parts.map(({ said }) => said).join("; "),
      samples: parts.flatMap(({ samples }) => samples),
      backgrounds: [],
      unpaired: { images: [], masks: [] },
    };
  },
} as const satisfies Layout;

/**
 * The pairs of a list file; paths are relative to its folder, with slashes or Windows' backslashes.
 * @throws MattelierError `invalid-data` with the line that is no pair, `unreadable`
 */
export async function readList(
  path: string,
  { subset }: { readonly subset?: string } = {},
): Promise<LayoutResult> {
  const lines = await linesOf(path);
  const folder = dirname(path);
  const resolve = (file: string): string => (isAbsolute(file) ? file : join(folder, file));
  const slashed = (file: string): string =>
    file.includes("\\") && !existsSync(resolve(file)) ? file.replaceAll("\\", "/") : file;
  const listed = lines.map((line, i) => {
    const [image, mask] = (TWO_PATHS.exec(line) ?? []).slice(1).map(slashed);
    if (image === undefined || mask === undefined)
      throw new MattelierError({
        code: "invalid-data",
        where: `${path}, pair ${i + 1}`,
        expected: "the paths of a photo and of its mask",
        got: JSON.stringify(line),
      });
    return { image, imagePath: resolve(image), maskPath: resolve(mask) };
  });
  const pairs = eachOnce(listed, path);
  const names = namesOf(pairs.map(({ image }) => image));
  const { maskValues, labels } = await probeMasks(pairs.map(({ maskPath }) => maskPath));
  const samples = pairs.map(({ imagePath, maskPath }, i): PairSample => ({
    kind: "pair",
    name: subset === undefined ? names[i]! : `${subset}/${names[i]!}`,
    imagePath,
    maskPath,
    maskValues,
  }));
  const again = listed.length - pairs.length;
  const repeated = again === 0 ? "" : `; ${counted(again, "repeated line")} left out`;
  return {
    said: `list ${stemOf(path)}: ${counted(samples.length, "pair")}${labels === undefined ? "" : ` (${labels})`}${repeated}`,
    samples,
    backgrounds: [],
    unpaired: { images: [], masks: [] },
  };
}

/** @throws MattelierError `invalid-data` for a photo that is listed with two masks */
function eachOnce<T extends { readonly imagePath: string; readonly maskPath: string }>(
  listed: readonly T[],
  where: string,
): T[] {
  const masks = new Map<string, string>();
  return listed.filter(({ imagePath, maskPath }) => {
    const before = masks.get(imagePath);
    masks.set(imagePath, maskPath);
    if (before === undefined || before === maskPath) return before === undefined;
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: "one mask for each photo",
      got: `${before} and ${maskPath} for ${imagePath}`,
    });
  });
}

/** A text file's lines without blanks and comments (`#`). */
export async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw fileError(error, { where: path, doing: "reading", expected: "a text file" });
  });
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
