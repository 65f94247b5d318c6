// Our side of bench/train-step: writes weights and batch for the peers, then takes a training step for each line on
// stdin and answers with a line of JSON. When stdin ends, it may leave a profile in the folder.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { CPU, type LowerOptions } from "../../packages/core/src/ops/lowering/index.js";
import { compileTrainStep, here } from "../../packages/core/src/train/step.js";
import { batchOf, CONTESTS, stepOf } from "./networks.js";
import { cpuTarget, openCpuSession } from "./sessions.js";
import { writeTensors } from "./tensor-files.js";

const { values, positionals } = parseArgs({
  options: {
    portable: { type: "boolean", default: false },
    choices: { type: "string" },
    profile: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const [name, folder, threads] = positionals as [network: string, folder: string, threads: string];
const contest = CONTESTS[name]!;
const lowering: LowerOptions = {
  target: values.portable ? CPU : await cpuTarget(),
  choices: values.choices === undefined ? {} : readChoices(values.choices),
};
const batch = batchOf(contest);
const step = await compileTrainStep(
  { ...stepOf(contest), lowering },
  {
    seed: 1,
    runner: here((model) =>
      openCpuSession(model, {
        threads: Number(threads),
        ...(values.profile ? { profile: join(folder, "profile") } : {}),
      }),
    ),
  },
);
writeTensors(folder, await step.modelState(), batch);

say({ ready: true });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while ((await lines.next()).done !== true) {
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  const { loss } = await step.step(batch);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  say({ seconds, cpuSeconds: (user + system) / 1e6, loss, peakMb: peakMb() });
}
await step.dispose();

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function readChoices(path: string): Record<string, string> {
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
}

/** The most memory that this process has held. */
function peakMb(): number {
  const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))!;
  return Number(kib) / 1024;
}
