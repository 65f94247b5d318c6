/**
 * How near a model's mattes come to the masks of a data set: mean IoU at threshold 128, and mean absolute error.
 *
 *   npm run tool -- evaluate-remove --data ../shared/data/ecssd --split split_val.txt --model isnet-imgly
 *   npm run tool -- evaluate-remove --data ../shared/data/ecssd --split split_val.txt --masks out
 *
 * The first runs the model; the second reads what `mattelier remove DATA/images -o out --mask` has written.
 * `--peer` adds @imgly/background-removal-node's own code on the same photos. `--limit N` takes the first N names;
 * `--json` prints one object as the last line; `--save FOLDER` keeps the masks.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { defaultCacheDir } from "@mattelier/core/hub";
import {
  decodeImage,
  encodeImage,
  picture,
  SRGB_GREY,
  toEightBits,
  type Picture,
} from "@mattelier/core/image";
import { createRemover } from "@mattelier/core/infer";
import { countPixels, iou, meanAbsoluteError } from "@mattelier/core/metrics";
import { MattelierError } from "@mattelier/core/util";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data/ecssd" },
    split: { type: "string", default: "split_val.txt" },
    model: { type: "string", default: "isnet-imgly" },
    masks: { type: "string" },
    peer: { type: "boolean", default: false },
    limit: { type: "string" },
    save: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

/** Gives the matte of a photo as 8-bit grey of the photo's size. */
interface Contender {
  readonly name: string;
  matteOf(photo: string, name: string): Promise<Picture>;
  dispose?(): Promise<void>;
}

async function ofModel(model: string): Promise<Contender> {
  const remover = await createRemover({ model, cacheDir: process.env.MATTELIER_CACHE ?? defaultCacheDir() });
  return {
    name: model,
    matteOf: async (photo) => (await remover.remove(photo, { output: "mask" })).image.frames[0]!.picture,
    dispose: () => remover.dispose(),
  };
}

function ofFolder(folder: string): Contender {
  return {
    name: folder,
    matteOf: async (_, name) => (await decodeImage(join(folder, `${name}.png`))).frames[0]!.picture,
  };
}

async function ofImgly(): Promise<Contender> {
  const { removeBackground } = await import("@imgly/background-removal-node");
  return {
    name: "@imgly/background-removal-node",
    async matteOf(photo) {
      const blob = await removeBackground(pathToFileURL(resolve(photo)).href, {
        output: { format: "image/x-rgba8" },
      });
      const rgba = new Uint8Array(await blob.arrayBuffer());
      const { widthPx, heightPx } = (await decodeImage(photo)).frames[0]!.picture;
      return picture(
        widthPx,
        heightPx,
        1,
        rgba.filter((_, i) => i % 4 === 3),
      );
    },
  };
}

/** One channel of 8 bits. */
function grey({ channels, data }: Picture): Uint8Array {
  const samples = toEightBits(data);
  return channels === 1 ? samples : samples.filter((_, i) => i % channels === 0);
}

async function evaluate(
  contender: Contender,
  names: readonly string[],
): Promise<{ iou: number; mae: number }> {
  let sumIou = 0;
  let sumMae = 0;
  for (const name of names) {
    const photo = join(flags.data, "images", `${name}.jpg`);
    const truth = (await decodeImage(join(flags.data, "masks", `${name}.png`))).frames[0]!.picture;
    const matte = await contender.matteOf(photo, name);
    if (matte.widthPx !== truth.widthPx || matte.heightPx !== truth.heightPx) {
      throw new MattelierError({
        code: "shape-mismatch",
        where: `${contender.name}: ${name}`,
        expected: `a matte of the mask's size, ${truth.widthPx}×${truth.heightPx}`,
        got: `${matte.widthPx}×${matte.heightPx}`,
      });
    }
    const predicted = grey(matte);
    sumIou += iou(countPixels(predicted, grey(truth)));
    sumMae += meanAbsoluteError(predicted, grey(truth));
    if (flags.save !== undefined) await save(flags.save, name, matte.widthPx, matte.heightPx, predicted);
  }
  return { iou: sumIou / names.length, mae: sumMae / names.length };
}

async function save(
  folder: string,
  name: string,
  widthPx: number,
  heightPx: number,
  data: Uint8Array,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const frames = [{ picture: picture(widthPx, heightPx, 1, data), delayMs: 0 }];
  await writeFile(
    join(folder, `${name}.png`),
    await encodeImage({ frames, loop: 0, colour: SRGB_GREY }, { format: "png" }),
  );
}

const split = (await readFile(join(flags.data, flags.split), "utf8")).trim().split(/\s+/);
const names = flags.limit === undefined ? split : split.slice(0, Number(flags.limit));
const contenders = [flags.masks === undefined ? await ofModel(flags.model) : ofFolder(flags.masks)];
if (flags.peer) contenders.push(await ofImgly());
const results: Record<string, { iou: number; mae: number }> = {};
for (const contender of contenders) {
  const result = await evaluate(contender, names);
  await contender.dispose?.();
  results[contender.name] = result;
  console.log(
    `${contender.name}: mean IoU ${result.iou.toFixed(4)}, MAE ${result.mae.toFixed(4)} over ${names.length} photos`,
  );
}
if (flags.json) console.log(JSON.stringify({ photos: names.length, results }));
