// Feeding training: pictures a second from files to normalised batches, on one core, against a loader in Python, and
// against what a training step of MODNet eats (batch 8 at 256x256, all cores): the target is twice as fast.
// `npm run bench -- loader [FOLDER] [--json]`; FOLDER holds images/ and masks/ (default ../shared/data/ccp-person).
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findDataset, Loader, poolOf, type AugmentationEntry } from "@mattelier/core/data";
import { setCodecThreads } from "@mattelier/core/image";
import { median, report, row, type Row } from "./lib/harness.js";
import { Contender } from "./train-step/contender.js";
import { CONTESTS } from "./train-step/networks.js";

const SIZE = 256;
const BATCH = 8;
/** Pictures of the set in use, so that "kept decoded" has all of them after one pass. */
const FILES = 96;
const WARM_UP_BATCHES = 3;
const BATCHES = 20;
const ROUNDS = 3;

const AUGMENT: readonly AugmentationEntry[] = [
  { "random-resized-crop": { size: SIZE } },
  { flip: {}, probability: 0.5 },
  "brightness",
  "contrast",
  "saturation",
  "hue",
];

interface Measurement {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Milliseconds a picture of our loader with one thread, in this process. */
async function measureOurs(folder: string, keep: boolean): Promise<Measurement> {
  await setCodecThreads(1);
  const { samples } = await findDataset(folder);
  await using loader = new Loader({
    pool: poolOf([{ samples: samples.slice(0, FILES) }]),
    sizePx: { widthPx: SIZE, heightPx: SIZE },
    batch: BATCH,
    seed: 1,
    mode: "train",
    normalise: { scale: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    augment: AUGMENT,
    workers: 1,
    cacheBytes: keep ? 2e9 : 0,
  });
  const warmUp = keep ? loader.batchesPerEpoch + WARM_UP_BATCHES : WARM_UP_BATCHES;
  for (let i = 0; i < warmUp; i++) await loader.next();
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  for (let i = 0; i < BATCHES; i++) await loader.next();
  const { user, system } = process.cpuUsage(startCpu);
  const pictures = BATCHES * BATCH;
  return { wallMs: (performance.now() - startMs) / pictures, cpuMs: (user + system) / 1000 / pictures };
}

const CONTENDERS = ["ours", "opencv", "pil"] as const;
type Rival = (typeof CONTENDERS)[number];

/** In a process of its own, on one core. */
function measureApart(contender: Rival, folder: string, keep: boolean): Measurement {
  const here = fileURLToPath(import.meta.url);
  const command =
    contender === "ours"
      ? [process.execPath, ...process.execArgv, here, "--child", folder, String(keep)]
      : [
          "/usr/bin/python3",
          fileURLToPath(new URL("peers/loader.py", import.meta.url)),
          contender,
          folder,
          String(keep),
        ];
  const settings = contender === "ours" ? [] : [SIZE, BATCH, FILES, WARM_UP_BATCHES, BATCHES].map(String);
  const { stdout, stderr, status } = spawnSync("taskset", ["-c", "0", ...command, ...settings], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${contender}: ${stderr}`);
  return JSON.parse(stdout) as Measurement;
}

/** Milliseconds a picture of MODNet's training step, of the clock with all cores and of one core's processor. */
async function measureEngine(): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), "loader-"));
  const ours = fileURLToPath(new URL("train-step/ours.ts", import.meta.url));
  const command = [process.execPath, ...process.execArgv, ours, "modnet", folder, String(cpus().length)];
  const engine = await Contender.start("modnet", command as [string, ...string[]]);
  try {
    await engine.step();
    const steps = [await engine.step(), await engine.step()];
    const of = (key: "seconds" | "cpuSeconds"): number =>
      (1000 * median(steps.map((step) => step[key]))) / CONTESTS["modnet"]!.batch;
    return { wallMs: of("seconds"), cpuMs: of("cpuSeconds") };
  } finally {
    await engine.end();
    rmSync(folder, { recursive: true });
  }
}

const child = process.argv.indexOf("--child");
if (child >= 0) {
  const [folder, keep] = process.argv.slice(child + 1) as [string, string];
  console.log(JSON.stringify(await measureOurs(folder, keep === "true")));
} else {
  const given = process.argv.slice(2).find((arg) => !arg.startsWith("--"));
  const folder = given ?? fileURLToPath(new URL("../../shared/data/ccp-person", import.meta.url));
  if (!existsSync(folder)) {
    console.error(`loader: expected a folder with images/ and masks/; got nothing at ${folder}.`);
    process.exit(2);
  }
  const rows: Row[] = [];
  for (const keep of [false, true]) {
    const measured = CONTENDERS.map((): Measurement[] => []);
    for (let round = 0; round < ROUNDS; round++)
      CONTENDERS.forEach((contender, i) => measured[i]!.push(measureApart(contender, folder, keep)));
    const [ours, ...peers] = measured.map((list) => ({
      wallMs: median(list.map(({ wallMs }) => wallMs)),
      cpuMs: median(list.map(({ cpuMs }) => cpuMs)),
    }));
    const what = keep ? "kept decoded" : "from files";
    peers.forEach((peer, i) => {
      const name = CONTENDERS[i + 1]!;
      rows.push(row(`${what}, ${name}: time`, ours!.wallMs, peer.wallMs, "ms a picture"));
      rows.push(row(`${what}, ${name}: processor time`, ours!.cpuMs, peer.cpuMs, "ms a picture"));
    });
  }
  const engine = await measureEngine();
  const loads = [
    ["from files", rows[0]!.ours, rows[1]!.ours],
    ["kept decoded", rows[4]!.ours, rows[5]!.ours],
  ] as const;
  for (const [what, wallMs, cpuMs] of loads) {
    rows.push(row(`${what}, MODNet's step: time`, wallMs, engine.wallMs, "ms a picture"));
    rows.push(row(`${what}, MODNet's step: processor time`, cpuMs, engine.cpuMs, "ms a picture"));
  }
  report(rows);
  for (const [what, wallMs] of loads)
    console.log(
      `${what}: ${(1000 / wallMs).toFixed(0)} pictures a second on one core, ` +
        `${(engine.wallMs / wallMs).toFixed(1)} times what MODNet's step eats on all (target: 2)`,
    );
}
