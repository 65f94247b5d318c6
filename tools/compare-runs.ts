/**
 * Trains every run of a comparison, methods by seeds, one after the other, and writes the table of what they reach.
 *
 *   npm run tool -- compare-runs recipes/compare/losses.yaml --out runs/losses
 *   npm run tool -- compare-runs recipes/compare/semi-supervised.yaml --out runs/semi
 *
 * Ctrl-C saves and ends; the same command goes on. `--seeds 1,2` takes some of the seeds; table.md and results.jsonl in
 * the folder are written after each run.
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resumeTraining, train, type RunResult, type TrainOptions } from "@mattelier/core/train/run";
import { MattelierError } from "@mattelier/core/util";
import { readComparison, type PlannedRun } from "./compare-runs/comparison.js";
import { Results } from "./compare-runs/results.js";
import { comparisonTable } from "./compare-runs/table.js";

const { values: flags, positionals } = parseArgs({
  options: { out: { type: "string" }, seeds: { type: "string" } },
  allowPositionals: true,
});

async function main(file: string, out: string, signal: AbortSignal): Promise<void> {
  const { title, runs } = await readComparison(file);
  const seeds = flags.seeds?.split(",").map(Number);
  const wanted = runs.filter(({ seed }) => seeds?.includes(seed) ?? true);
  await mkdir(out, { recursive: true });
  const results = await Results.open(join(out, "results.jsonl"));
  for (const [i, run] of wanted.entries()) {
    if (results.has(run)) continue;
    console.log(`${i + 1}/${wanted.length}: ${run.method}, seed ${run.seed}`);
    const result = await trainOrResume(run, join(out, run.folder), {
      signal,
      onEvent(event) {
        if (event.kind === "say") console.log(`  ${event.line}`);
        if (event.kind === "epoch")
          console.log(`  epoch ${event.epoch}: IoU ${event.metrics["val_iou"]!.toFixed(4)}`);
      },
    });
    if (result.isInterrupted) {
      console.log("interrupted and saved: the same command goes on");
      return;
    }
    await results.add(run, result);
    await writeFile(join(out, "table.md"), comparisonTable(title, results.lines));
  }
  console.log(`\n${comparisonTable(title, results.lines)}`);
}

/** A run whose folder is there goes on in it. */
async function trainOrResume(run: PlannedRun, folder: string, options: TrainOptions): Promise<RunResult> {
  if (existsSync(join(folder, "config.json"))) return resumeTraining(folder, options);
  return train(run.config, folder, options);
}

const controller = new AbortController();
process.on("SIGINT", () => {
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
});
const [file] = positionals;
try {
  if (file === undefined || flags.out === undefined)
    throw new MattelierError({
      code: "invalid-argument",
      where: "compare-runs",
      expected: "a comparison and --out FOLDER",
      got: process.argv.slice(2).join(" ") || "nothing",
    });
  await main(file, flags.out, controller.signal);
} catch (error) {
  if (!(error instanceof MattelierError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
