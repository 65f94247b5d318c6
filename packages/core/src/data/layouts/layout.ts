import type { Dataset } from "../sample.js";
import type { Folder } from "./folder.js";

export type LayoutResult = Omit<Dataset, "path" | "splitFiles">;

/** One way in which sets lie on disk. */
export interface Layout {
  readonly name: string;
  /** What help and errors say of it. */
  readonly summary: string;
  /** The set, if this folder is laid out so. */
  find(folder: Folder): Promise<LayoutResult | undefined>;
}

/** A count and its noun: `1 photo`, `898 photos`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
