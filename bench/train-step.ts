/**
 * A training step, forward, backward and update, against PyTorch: the same network, weights, batch and optimiser, two
 * threads each, by turns in one run. PyTorch as installed is "stock"; "tuned" has glibc's malloc told to keep its
 * memory, since stock loses much of its time to page faults. Peak memory is that of the whole process. CPU time is of
 * all threads, waiting by spinning included: it says more than the clock where the machine has other work.
 *
 *     npm run bench -- train-step [--network unet] [--rounds 7] [--choices FILE] [--portable] [--profile] [--json]
 *
 * `--profile` says where our time goes, by operator. Skips PyTorch, and says so, where python3 has no torch.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine, median, report, row, type Row } from "./lib/harness.js";
import { Contender, type StepReport } from "./train-step/contender.js";
import { CONTESTS } from "./train-step/networks.js";
import { operatorTimes, printProfile } from "./train-step/profile.js";

const { values } = parseArgs({
  options: {
    network: { type: "string", multiple: true, default: Object.keys(CONTESTS) },
    rounds: { type: "string", default: "7" },
    threads: { type: "string", default: "2" },
    choices: { type: "string" },
    portable: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    json: { type: "boolean" },
  },
});
const PYTHON = "/usr/bin/python3";
const KEEP = String(2 ** 32);
/** Environment of each PyTorch by name. */
const PEERS = { stock: {}, tuned: { MALLOC_MMAP_THRESHOLD_: KEEP, MALLOC_TRIM_THRESHOLD_: KEEP } };
/** How far losses of the same weights and batch may lie apart. */
const SAME_LOSS = 1e-3;

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const hasTorch = spawnSync(PYTHON, ["-c", "import torch"]).status === 0;

function startOurs(network: string, folder: string): Promise<Contender> {
  const { threads, choices, portable, profile } = values;
  return Contender.start("ours", [
    process.execPath,
    ...process.execArgv,
    pathOf("train-step/ours.ts"),
    network,
    folder,
    threads,
    ...(choices === undefined ? [] : ["--choices", choices]),
    ...(portable ? ["--portable"] : []),
    ...(profile ? ["--profile"] : []),
  ]);
}

async function contest(network: string): Promise<Row[]> {
  const { title, batch, sizePx } = CONTESTS[network]!;
  const folder = mkdtempSync(join(tmpdir(), "train-step-"));
  const contenders: Contender[] = [];
  try {
    // Ours first: it writes the weights and the batch that the others read.
    contenders.push(await startOurs(network, folder));
    if (hasTorch)
      for (const [name, env] of Object.entries(PEERS)) {
        const command = [PYTHON, pathOf("peers/train_step.py"), network, folder, values.threads] as const;
        contenders.push(await Contender.start(name, command, env));
      }
    const steps = new Map(contenders.map(({ name }) => [name, [] as StepReport[]]));
    for (let round = 0; round <= Number(values.rounds); round++)
      for (const contender of contenders) steps.get(contender.name)!.push(await contender.step());
    await Promise.all(contenders.map((contender) => contender.end()));

    const results = contenders.map(({ name }) => ({ name, ...summary(steps.get(name)!) }));
    const [ours, ...peers] = results;
    console.log(`${title}, ${sizePx}², batch ${batch}`);
    for (const { name, seconds, cpuSeconds, peakMb, firstLoss } of results) {
      const time = `${seconds.toFixed(3)} s a step (${cpuSeconds.toFixed(3)} s of CPU time)`;
      console.log(`  ${name}: ${time}, peak ${peakMb.toFixed(0)} MB, first loss ${firstLoss}`);
      if (Math.abs(firstLoss / ours!.firstLoss - 1) > SAME_LOSS) throw new Error("not the same network");
    }
    if (values.profile) printProfile(operatorTimes(folder));
    return peers.flatMap(({ name, seconds, cpuSeconds, peakMb }) => [
      row(`${title} ${sizePx}² b${batch}: time a step, ${name}`, ours!.seconds, seconds, "s"),
      row(`${title} ${sizePx}² b${batch}: CPU time a step, ${name}`, ours!.cpuSeconds, cpuSeconds, "s"),
      row(`${title} ${sizePx}² b${batch}: peak memory, ${name}`, ours!.peakMb, peakMb, "MB"),
    ]);
  } finally {
    await Promise.all(contenders.map((contender) => contender.end()));
    rmSync(folder, { recursive: true });
  }
}

/** Medians; the first step warms up. */
function summary(steps: readonly StepReport[]) {
  const [first, ...rest] = steps;
  return {
    seconds: median(rest.map(({ seconds }) => seconds)),
    cpuSeconds: median(rest.map(({ cpuSeconds }) => cpuSeconds)),
    peakMb: Math.max(...steps.map(({ peakMb }) => peakMb)),
    firstLoss: first!.loss,
  };
}

if (!hasTorch) console.log(`PyTorch skipped: ${PYTHON} has no torch (Debian: apt install python3-torch)`);
const rows: Row[] = [];
for (const network of values.network) rows.push(...(await contest(network)));
if (rows.length > 0) report(rows);
else console.log(machine());
