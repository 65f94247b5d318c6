import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

/** All files that a file imports, directly or not, and what they import that is no file of ours. */
async function importsOf(entry: URL): Promise<{ files: Set<string>; outside: Set<string> }> {
  const files = new Set<string>();
  const outside = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (files.has(url.href)) return;
    files.add(url.href);
    const source = await readFile(url, "utf8");
    for (const [, name] of source.matchAll(/^(?:import|export)[^"]*?from "([^"]+)"/gms)) {
      if (name!.startsWith(".")) await visit(new URL(name!.replace(/\.js$/, ".ts"), url));
      else outside.add(name!);
    }
  };
  await visit(entry);
  return { files, outside };
}

it("cards and preprocessing import nothing that a browser lacks", async () => {
  const { files, outside } = await importsOf(new URL("cards.ts", import.meta.url));
  expect([...files].map((file) => file.split("/src/")[1]).sort()).toEqual([
    "hub/card.ts",
    "hub/cards.ts",
    "hub/metadata-json.ts",
    "hub/preprocessing.ts",
    "util/checked-by.ts",
    "util/errors.ts",
    "util/nearest-name.ts",
    "util/schema-walk.ts",
  ]);
  expect([...outside]).toEqual(["zod"]);
});
