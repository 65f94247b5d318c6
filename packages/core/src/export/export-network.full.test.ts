import { describe, test } from "vitest";
import { fixturesAreHere } from "../models/fixtures.test-support.js";
import { checkExportedHeads } from "./exported-heads.test-support.js";

describe.skipIf(!fixturesAreHere)("exported, against PyTorch (skipped where ../shared is absent)", () => {
  test.each([
    ["u2net", "u2net"],
    ["isnet", "isnet"],
    ["inspyrenet_swinb", "inspyrenet-swinb"],
  ])("%s: all heads", { timeout: 600_000 }, (file, name) => checkExportedHeads(file, name));
});
