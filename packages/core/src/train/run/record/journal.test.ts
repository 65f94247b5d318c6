import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal } from "./journal.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-journal-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("lines come back as they were written: what is not finite as NaN, what was cut short not at all", async () => {
  const journal = new Journal<{ step: number; loss: number }>(join(folder, "steps.jsonl"));
  expect(await journal.lines()).toEqual([]);
  journal.add({ step: 1, loss: 0.5 });
  journal.add({ step: 2, loss: Number.NaN });
  await appendFile(journal.path, '{"step":3,"lo');
  expect(await journal.lines()).toEqual([
    { step: 1, loss: 0.5 },
    { step: 2, loss: Number.NaN },
  ]);
  await journal.keep(({ step }) => step > 1);
  expect(await journal.lines()).toEqual([{ step: 2, loss: Number.NaN }]);
});
