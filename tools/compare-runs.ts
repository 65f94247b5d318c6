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
import { MattelierError, messageOf } from "@mattelier/core/util";
import { readComparison, type PlannedRun } from "./compare-runs/comparison.js";
import { Results } from "./compare-runs/results.js";
import { comparisonTable } from "./compare-runs/table.js";

const USAGE = `Usage: npm run tool -- compare-runs FILE --out FOLDER [--seeds 1,2]

Trains every run of a comparison, methods by seeds, and writes the table of what they reach.

  FILE           title, seeds, common keys and runs, in YAML: see recipes/compare/
  --out FOLDER   a folder for each run, results.jsonl and table.md; the same command goes on with what is there
  --seeds 1,2    some of the file's seeds
  --help         this text`;

async function main(
  file: string,
  out: string,
  { seeds, signal }: { readonly seeds: string | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const { title, runs } = await readComparison(file);
  const chosen = seeds?.split(",").map(Number);
  const wanted = runs.filter(({ seed }) => chosen?.includes(seed) ?? true);
  if (wanted.length === 0) throw badArguments(`--seeds ${seeds}, of which ${file} has none`);
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
try {
  const { values, positionals } = readArguments();
  const [file] = positionals;
  if (values.help === true) console.log(USAGE);
  else if (file !== undefined && values.out !== undefined)
    await main(file, values.out, { seeds: values.seeds, signal: controller.signal });
  else throw badArguments(process.argv.slice(2).join(" ") || "nothing");
} catch (error) {
  if (!(error instanceof MattelierError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function readArguments() {
  try {
    return parseArgs({
      options: { out: { type: "string" }, seeds: { type: "string" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
  } catch (error) {
    throw badArguments(messageOf(error));
  }
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
