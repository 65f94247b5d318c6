import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openData, type DataConfig } from "./config.js";
import { temporaryFolder, writePairs, writePicture } from "./data-sets.test-support.js";

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
  await writePairs(join(root, "a"), 8);
  await writePairs(join(root, "more"), 2, { first: 10 });
  await writePairs(join(root, "b/B-TR"), 4, { images: "im", masks: "gt" });
  await writePairs(join(root, "b/B-TE"), 2, { images: "im", masks: "gt" });
  await writePicture(join(root, "alone/one.jpg"), { of: "photo" });
  await writePicture(join(root, "cut/one.png"), { of: "cutout" });
  await writeFile(join(root, "a/split_train.txt"), "0001\n0003.jpg\nimages/0005.jpg\n0007\n");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const open = (config: DataConfig) => openData(config, { baseDir: root });

test("a path alone is a set; names, subsets and weights choose from it", async () => {
  const { train, val, unlabelled, said } = await open({
    train: ["a", { path: "b", subset: "B-TR", weight: 2 }],
    val: { path: "b", subset: "B-TE" },
    unlabelled: "alone",
  });
  expect(train.parts).toEqual([
    { count: 8, weight: 1 },
    { count: 4, weight: 2 },
  ]);
  expect(val!.samples.map(({ name }) => name)).toEqual(["B-TE/0000", "B-TE/0001"]);
  expect(unlabelled!.samples).toHaveLength(1);
  expect(said[0]).toBe("a: images/ with masks/: 8 pairs");
  const named = await open({ train: { path: "a", names: "split_train.txt" } });
  expect(named.train.samples.map(({ name }) => name)).toEqual(["0001", "0003", "0005", "0007"]);
  await writeFile(join(root, "again.txt"), "0001\n0003\n0001.jpg\n");
  const again = await open({ train: { path: "a", names: "again.txt" } });
  expect(again.train.samples).toHaveLength(2);
  expect(again.said[0]).toContain("; 2 named in again.txt (1 repeated line left out)");
});

test("a number of samples is drawn by seed from what names leave", async () => {
  const drawn = async (seed: number, count = 2) => {
    const { train, said } = await open({
      train: { path: "a", names: "split_train.txt", draw: { count, seed } },
    });
    expect(said[0]).toMatch(`4 named in split_train.txt; ${count} drawn by seed ${seed}`);
    return train.samples.map(({ name }) => name);
  };
  const first = await drawn(1);
  expect(first).toHaveLength(2);
  expect(await drawn(1)).toEqual(first);
  expect(["0001", "0003", "0005", "0007"]).toEqual(expect.arrayContaining(first));
  await expect(drawn(1, 5)).rejects.toThrow("at most the 4 samples that there are");
});

test("splits by count and by share are seeded and have nothing in common", async () => {
  const names = async (split: NonNullable<DataConfig["split"]>) => {
    const { train, val, test: held } = await open({ train: "a", split });
    return [train, val, held].map((pool) => pool?.samples.map(({ name }) => name) ?? []);
  };
  const [train, val] = await names({ train: 5, val: 2, seed: 1 });
  expect([train!.length, val!.length, new Set([...train!, ...val!]).size]).toEqual([5, 2, 7]);
  expect(await names({ train: 5, val: 2, seed: 1 })).toEqual([train, val, []]);
  expect(await names({ train: 5, val: 2, seed: 2 })).not.toEqual([train, val, []]);
  expect((await names({ val: 0.25, test: 0.25 })).map((part) => part.length)).toEqual([4, 2, 2]);
  expect((await names({ val: 3 })).map((part) => part.length)).toEqual([5, 3, 0]);
});

test("of several sets, one too small for a share gives nothing to it", async () => {
  const { train, val, said } = await open({
    train: ["a", { path: "more", weight: 3 }],
    split: { val: 0.1 },
  });
  expect(train.parts).toEqual([
    { count: 7, weight: 1 },
    { count: 2, weight: 3 },
  ]);
  expect(val!.parts).toEqual([{ count: 1, weight: 1 }]);
  expect(said.at(-1)).toBe("split by seed 0: 9 train, 1 val");
});

test("what is held out to test on is in no other part", async () => {
  const opened = await open({ train: "a", val: "more", split: { train: 4, val: 2, test: 2 } });
  const parts = [opened.train, opened.val!, opened.test!].map(({ samples }) =>
    samples.map(({ name }) => name),
  );
  expect(parts.map((part) => part.length)).toEqual([4, 2 + 2, 2]);
  expect(new Set(parts.flat()).size).toBe(10);
  expect((await open({ train: "a", split: { val: 2 } })).test).toBeUndefined();
});

test("over all sets a name stands for one photo", async () => {
  const names = async (config: DataConfig) => {
    const { train, val, unlabelled } = await open(config);
    return [train, val, unlabelled].map((pool) => pool?.samples.map(({ name }) => name) ?? []);
  };
  for (const folder of ["x/photos", "y/photos"])
    await writePicture(join(root, `${folder}/0001.jpg`), { of: "photo" });
  const one = { path: "a", draw: { count: 1 } };
  const [[drawn]] = (await names({ train: one })) as [[string]];
  expect(await names({ train: one, val: one, unlabelled: "alone" })).toEqual([[drawn], [drawn], ["one"]]);
  // Of the whole sets, the first has a photo 0001 too.
  expect(await names({ train: one, val: { ...one, path: "./a/" }, unlabelled: "x/photos" })).toEqual([
    [`a/${drawn}`],
    [`a/${drawn}`],
    ["photos/0001"],
  ]);
  expect(await names({ train: one, unlabelled: ["x/photos", "y/photos/"] })).toEqual([
    [`a/${drawn}`],
    [],
    ["x/photos/0001", "y/photos/0001"],
  ]);
  const parts = [
    { path: "a", images: "images" },
    { path: "a", images: "masks" },
  ];
  const [first, , second] = await names({ train: parts[0]!, unlabelled: parts[1]! });
  expect([first![0], second![0]]).toEqual(["images/0000", "masks/0000"]);
});

test("sets are told apart by the folders that they lie in, wherever one stands", async () => {
  await writePicture(join(root, "y/photos/0001.jpg"), { of: "photo" });
  const { train, unlabelled } = await openData(
    { train: ".", unlabelled: "../y/photos" },
    { baseDir: join(root, "a") },
  );
  expect([train.samples[0]!.name, unlabelled!.samples[0]!.name]).toEqual(["a/0000", "photos/0001"]);
});

test("photos of one name in one folder, understood in two ways, are refused", async () => {
  await writePairs(join(root, "both"), 1);
  await writePicture(join(root, "both/0000.jpg"), { of: "photo" });
  const unlabelled = { path: "both", layout: "unlabelled" } as const;
  await expect(open({ train: "both", unlabelled })).rejects.toThrow("both/0000 for two photos");
});

test("backgrounds that came with a set are for its own pool", async () => {
  for (const set of ["cut-a", "cut-b"]) {
    await writePicture(join(root, `${set}/rgba/${set}.png`), { of: "cutout" });
    await writePicture(join(root, `${set}/bg/scene.jpg`), { of: "photo" });
  }
  const opened = await open({
    train: "cut-a",
    val: "cut-b",
    unlabelled: "alone",
    backgrounds: "more/images",
  });
  const backgrounds = (pool?: { readonly backgrounds: readonly string[] }) =>
    pool?.backgrounds.map((path) => path.slice(root.length + 1));
  const shared = ["more/images/0010.jpg", "more/images/0011.jpg"];
  expect(backgrounds(opened.train)).toEqual(["cut-a/bg/scene.jpg", ...shared]);
  expect(backgrounds(opened.val)).toEqual(["cut-b/bg/scene.jpg", ...shared]);
  expect(backgrounds(opened.unlabelled)).toEqual(shared);
  await writePicture(join(root, "cut-a/rgba/other.png"), { of: "cutout", seed: 2 });
  const parted = await open({ train: "cut-a", split: { val: 1 } });
  expect(backgrounds(parted.val)).toEqual(["cut-a/bg/scene.jpg"]);
});

test("cut-outs need backgrounds", async () => {
  await expect(open({ train: "cut" })).rejects.toThrow("name a folder of photos as backgrounds");
  expect((await open({ train: "cut", backgrounds: "a/images" })).train.backgrounds).toHaveLength(8);
});

test.each<[DataConfig, string]>([
  [
    { train: "a", split: { val: 9 } },
    "data.split: expected at most 7 of the 8 samples of a, to leave some to train on; got val: 9",
  ],
  [{ train: "a", split: { val: 5, test: 3 } }, "to leave some to train on; got val: 5, test: 3"],
  [{ train: "a", split: { train: 6, val: 3 } }, "at most the 8 samples of a; got train: 6, val: 3"],
  [
    { train: "a", split: { val: 0.5, test: 0.5 } },
    "less than all of the 8 samples of a, to leave some to train on; got val: 0.5, test: 0.5",
  ],
  [
    { train: "a", split: { val: 0.05 } },
    "data.split: expected shares that come to a sample or more of the 8 samples of a; got val: 0.05. Fix: give counts, as in val: 1, more pictures, or a set apart for it.",
  ],
  [{ train: "a", split: { val: 0.5, test: 2 } }, "data.split: expected counts of samples, or shares"],
  [{ train: "a", split: { train: 5, val: 0.5 } }, "counts of samples, or shares"],
  [
    { train: ["a", "more"], split: { val: 0.05 } },
    "data.split: expected shares that come to a sample or more of one of the sets (8 of a, 2 of more); got val: 0.05. Fix: give larger shares, more pictures",
  ],
  [{ train: ["a", "b"], split: { val: 2 } }, "shares between 0 and 1 where several sets"],
  [{ train: { path: "b", subset: "nothing" } }, 'b, subset: expected one of B-TE, B-TR; got "nothing".'],
  [
    { train: ["a", { path: "b", subset: "B-TRR" }] },
    'b, subset: expected one of B-TE, B-TR; got "B-TRR". Fix: did you mean "B-TR"?',
  ],
  [
    { train: { path: "a", subset: "x" } },
    'a, subset: expected a set of several parts; got "x" of a set that is one. Fix: leave subset out.',
  ],
  [{ train: { path: "a", names: "nothing.txt" } }, "nothing.txt: expected a text file; got nothing there"],
  [{ train: "nowhere" }, "nowhere"],
  [{ train: "a", vall: "b" } as DataConfig, "vall"],
  [
    { train: "a", backgroundss: "b" } as DataConfig,
    'data: expected one of train, val, unlabelled, backgrounds, split; got the key "backgroundss". Fix: did you mean backgrounds?',
  ],
  [
    { train: { path: "a", nmaes: "b" } } as unknown as DataConfig,
    "data.train: expected one of path, layout, images",
  ],
  [{ train: { path: "a", layout: "pears" } } as unknown as DataConfig, 'did you mean "pairs"?'],
])("%j is refused", async (config, part) => {
  await expect(open(config)).rejects.toThrow(part);
});

test("a set of which no names match is refused, with a name from each side", async () => {
  await writePicture(join(root, "apart/images/img_1.jpg"), { of: "photo" });
  await writePicture(join(root, "apart/masks/mask_1.png"), { of: "mask" });
  await expect(open({ train: "apart" })).rejects.toThrow(
    "0001.jpg with 0001.png or 0001_mask.png; got 1 photo and 1 mask, such as img_1.jpg and mask_1.png, of which none match",
  );
});

test("names that are of no sample are told", async () => {
  await writeFile(join(root, "names.txt"), "0001\n0099\n");
  await expect(open({ train: { path: "a", names: "names.txt" } })).rejects.toThrow(
    "1 of 2 that it has not, such as 0099",
  );
});
