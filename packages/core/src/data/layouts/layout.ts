import type { Dataset } from "../sample.js";
import type { Folder } from "./folder.js";

export type LayoutResult = Omit<Dataset, "path">;

/** One way in which sets lie on disk. */
export interface Layout {
  readonly name: string;
  /** What help and errors say of it. */
  readonly summary: string;
  /** The set, if this folder is laid out so; without samples where it is, but no names match. */
  find(folder: Folder): Promise<LayoutResult | undefined>;
}

/** Sets taken together, the name of each before its samples'. */
export function joinParts(parts: readonly (readonly [name: string, found: LayoutResult])[]): LayoutResult {
  const all = <T>(of: (found: LayoutResult) => readonly T[]): T[] => parts.flatMap(([, found]) => of(found));
  return {
    said: parts.map(([name, { said }]) => `${name}: ${said}`).join("; "),
    samples: parts.flatMap(([subset, { samples }]) =>
      samples.map((sample) => ({ ...sample, name: `${subset}/${sample.name}` })),
    ),
    backgrounds: all((found) => found.backgrounds),
    unpaired: {
      images: all((found) => found.unpaired.images),
      masks: all((found) => found.unpaired.masks),
    },
  };
}

/** The end of a sentence about a set: what of it is left out. */
export function leftOut({ images, masks }: LayoutResult["unpaired"]): string {
  if (images.length + masks.length === 0) return "";
  return `; ${counted(images.length, "photo")} and ${counted(masks.length, "mask")} without partner left out`;
}

/** A further part of a sentence about a set, if there is one. */
export const also = (said: string | undefined): string => (said === undefined ? "" : `; ${said}`);

/** A count and its noun: `1 photo`, `898 photos`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
