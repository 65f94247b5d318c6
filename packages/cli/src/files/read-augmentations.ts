import type { AugmentationEntry } from "@mattelier/core/data";
import { MattelierError } from "@mattelier/core/util";
import { readConfigFile } from "./read-config.js";

/**
 * The augmentations of a file that is a list of them, or a training configuration; undefined where that has none.
 * @throws MattelierError as `readConfigFile`; `invalid-config` for anything else
 */
export async function readAugmentations(path: string): Promise<readonly AugmentationEntry[] | undefined> {
  const config = await readConfigFile(path);
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const list = isRecord(config) ? config["augment"] : config;
  if (isRecord(config) && list === undefined) return undefined;
  const isEntry = (entry: unknown): entry is AugmentationEntry =>
    typeof entry === "string" || isRecord(entry);
  if (Array.isArray(list) && list.every(isEntry)) return list;
  throw new MattelierError({
    code: "invalid-config",
    where: path,
    expected: 'a list of augmentations, or one under the key "augment"',
    got: JSON.stringify(list),
  });
}
