import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { RunConfig } from "./config.js";

type Source = RunConfig["data"]["train"][number];

/** A configuration whose files are found from any folder, as its own find them from this one. */
export function withAbsolutePaths(config: RunConfig): RunConfig {
  const { backgrounds, train, unlabelled, val } = config.data;
  const { backbone, weights } = config.init;
  return {
    ...config,
    data: {
      ...config.data,
      train: train.map(absoluteSource),
      val: val.map(absoluteSource),
      unlabelled: unlabelled.map(absoluteSource),
      backgrounds: backgrounds.map((path) => resolve(path)),
    },
    callbacks: config.callbacks.map((path) => resolve(path)),
    init: {
      ...config.init,
      ...(weights === undefined ? {} : { weights: resolve(weights) }),
      ...(backbone === undefined ? {} : { backbone: resolve(backbone) }),
    },
    ...(config.guide === undefined ? {} : { guide: resolve(config.guide) }),
  };
}

/** `images` and `masks` are folders in the set; a file of names may lie in it, or where relative paths start. */
function absoluteSource(source: Source): Source {
  const path = resolve(source.path);
  const { names } = source;
  if (names === undefined || (!isAbsolute(names) && existsSync(join(path, names))))
    return { ...source, path };
  return { ...source, path, names: resolve(names) };
}
