import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseRunConfig } from "../packages/core/src/train/run/index.js";

const folder = join(import.meta.dirname, "../recipes");
const recipes = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

test.each(recipes)("recipes/%s is a configuration, and says its command", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const config = parse(text) as { data?: object };
  const parsed = parseRunConfig({ ...config, data: { train: "photos", ...config.data } }, name);
  expect(parsed.batch).toBeGreaterThan(0);
  expect(text).toContain(`mattelier train --config recipes/${name}`);
});
