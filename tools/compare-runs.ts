/**
 * Trains every run of a comparison, methods by seeds, and writes the table of what they reach.
 *
 *   npm run tool -- compare-runs recipes/compare/losses.yaml --out runs/losses --jobs 2
 *   npm run tool -- compare-runs recipes/compare/semi-supervised.yaml --out runs/semi --jobs 2
 *
 * Ctrl-C saves and ends; the same command goes on. `--seeds 1,2` takes some of the seeds; table.md and results.jsonl in
 * the folder are written after each run.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resumeTraining, train, type TrainOptions } from "@mattelier/core/train/run";
import { MattelierError, messageOf } from "@mattelier/core/util";
import { readComparison, type PlannedRun } from "./compare-runs/comparison.js";
import { isBegun, Results } from "./compare-runs/results.js";
import { comparisonTable } from "./compare-runs/table.js";

const USAGE = `Usage: npm run tool -- compare-runs FILE --out FOLDER [--seeds 1,2] [--jobs 2]

Trains every run of a comparison, methods by seeds, and writes the table of what they reach.

  FILE           title, seeds, common keys and runs, in YAML: see recipes/compare/
  --out FOLDER   a folder for each run, results.jsonl and table.md; the same command goes on with what is there
  --seeds 1,2    some of the file's seeds
  --jobs 2       runs side by side; give them threads: 1 in the file, and take as many as there are cores
  --help         this text`;

interface Choice {
  readonly out: string;
  readonly seeds: string | undefined;
  readonly jobs: number;
}

async function main(file: string, { out, seeds, jobs }: Choice, controller: AbortController): Promise<void> {
  const { title, runs } = await readComparison(file);
  const chosen = seeds?.split(",").map(Number);
  const wanted = runs.filter(({ seed }) => chosen?.includes(seed) ?? true);
  if (wanted.length === 0) throw badArguments(`--seeds ${seeds}, of which ${file} has none`);
  await mkdir(out, { recursive: true });
  const results = await Results.open(join(out, "results.jsonl"));
  const left = wanted.filter((run) => !results.has(run));
  const begun = new Set<PlannedRun>();
  for (const run of left) if (await isBegun(run, join(out, run.folder))) begun.add(run);
  const { signal } = controller;

  async function takeTurns(): Promise<void> {
    for (let run = left.shift(); run !== undefined && !signal.aborted; run = left.shift()) {
      const { method, seed, folder } = run;
      const say = (line: string): void => {
        console.log(`${method}, seed ${seed}: ${line}`);
      };
      say(`begins, ${left.length} of ${wanted.length} to come`);
      const path = join(out, folder);
      const options: TrainOptions = {
        signal,
        onEvent(event) {
          if (event.kind === "say") say(event.line);
          if (event.kind === "epoch")
            say(`epoch ${event.epoch}, IoU ${event.metrics["val_iou"]!.toFixed(4)}`);
        },
      };
      const result = begun.has(run)
        ? await resumeTraining(path, options)
        : await train(run.config, path, options);
      if (result.isInterrupted) return;
      await results.add(run, result);
      await writeFile(join(out, "table.md"), comparisonTable(title, results.lines));
    }
  }

  const turns = await Promise.allSettled(
    Array.from({ length: jobs }, () =>
      takeTurns().catch((error: unknown) => {
        controller.abort(); // the others save and end
        throw error;
      }),
    ),
  );
  for (const turn of turns) if (turn.status === "rejected") throw turn.reason;
  if (signal.aborted) console.log("interrupted and saved: the same command goes on");
  else console.log(`\n${comparisonTable(title, results.lines)}`);
}

const controller = new AbortController();
process.on("SIGINT", () => {
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
});
try {
  const { values, positionals } = readArguments();
  const [file] = positionals;
  if (values.help === true) console.log(USAGE);
  else if (file !== undefined && values.out !== undefined)
    await main(file, { out: values.out, seeds: values.seeds, jobs: jobsOf(values.jobs) }, controller);
  else throw badArguments(process.argv.slice(2).join(" ") || "nothing");
} catch (error) {
  if (!(error instanceof MattelierError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        out: { type: "string" },
        seeds: { type: "string" },
        jobs: { type: "string", default: "1" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw badArguments(messageOf(error));
  }
}

function jobsOf(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1) return jobs;
  throw badArguments(`--jobs ${text}`);
}

function badArguments(got: string): MattelierError {
  return new MattelierError({
    code: "invalid-argument",
    where: "compare-runs",
    expected: "a comparison and --out FOLDER",
    got,
    fix: "npm run tool -- compare-runs --help",
  });
}
