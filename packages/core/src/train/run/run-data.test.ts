import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeDiscs } from "./discs.test-support.js";
import { parseRunConfig, type RunConfigInput } from "./index.js";
import { resolveConfig } from "./config/resolve-config.js";
import { gatherData } from "./run-data.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-run-data-"));
  await writeDiscs(join(folder, "discs"), 8, 1);
  await writeDiscs(join(folder, "bare"), 6, 2);
  await rm(join(folder, "bare/masks"), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const resolved = (more: Partial<RunConfigInput>) =>
  resolveConfig(
    parseRunConfig({
      data: { train: join(folder, "discs"), unlabelled: join(folder, "bare"), split: { val: 2 } },
      size: 64,
      batch: 4,
      workers: 0,
      ...more,
    }),
  );

test("a trimap's band is as wide as the configuration says", async () => {
  const unsure = async (trimap: RunConfigInput["trimap"]): Promise<number> => {
    const data = await gatherData(resolved({ model: "modnet", augment: [], ...(trimap && { trimap }) }));
    await using loader = data.openTraining(data.training, { epoch: 0, index: 0 });
    return (await loader.next())!.trimaps!.filter((value) => value === 0.5).length;
  };
  const [thin, byDefault, wide] = [
    await unsure({ bandPx: [0, 0] }),
    await unsure(undefined),
    await unsure({ bandPx: [12, 12] }),
  ];
  expect(thin).toBeLessThan(byDefault);
  expect(byDefault).toBeLessThan(wide);
  expect(() => resolved({ model: "modnet", trimap: { bandPx: [3, 2] } })).toThrow("the low end first");
  expect(() => resolved({ model: "u2netp", trimap: { bandPx: [1, 2] } })).toThrow(
    "trimap: expected a network whose own loss reads a trimap",
  );
});

test("mixing is for pictures with masks: a mean teacher's photos without go without it", async () => {
  const augment = ["cutmix", { "copy-paste": {} }];
  const data = await gatherData(resolved({ model: "u2netp", semi: { method: "mean-teacher" }, augment }));
  await using loader = data.openUnlabelled({ strong: true });
  expect((await loader.next())!.labelled).toEqual([false, false, false, false]);
});
