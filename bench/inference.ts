/**
 * Inference against PyTorch: one picture at the paper's input size, the same network and weights, two threads each, by
 * turns in one run. Ours is the exported .onnx in onnxruntime-node, batch normalisation folded. PyTorch runs the same
 * graph, unfolded, operator by operator, as eval() under no_grad() does; as installed ("stock"), and with glibc's
 * malloc told to keep its memory ("tuned"). Peak memory is that of the whole process.
 *
 *     npm run bench -- inference [--network u2net]... [--rounds 5] [--threads 2] [--json]
 *
 * Skips PyTorch, and says so, where python3 has no torch.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exportNetwork } from "@mattelier/core/export";
import { architecture, architectures } from "@mattelier/core/models";
import { encodeModel } from "@mattelier/core/onnx";
import { formulaState } from "../packages/core/src/models/fixtures.test-support.js";
import { writeGraphFiles } from "./inference/graph-files.js";
import { machine, median, report, row, type Row } from "./lib/harness.js";
import { Contender, type StepReport } from "./train-step/contender.js";

const { values } = parseArgs({
  options: {
    network: { type: "string", multiple: true, default: architectures.map(({ name }) => name) },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    json: { type: "boolean" },
  },
});
const PYTHON = "/usr/bin/python3";
const KEEP = String(2 ** 32);
/** Environment of each PyTorch by name. */
const PEERS = { stock: {}, tuned: { MALLOC_MMAP_THRESHOLD_: KEEP, MALLOC_TRIM_THRESHOLD_: KEEP } };
/** How far the mean of the final head may lie apart. */
const SAME = 1e-3;

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const hasTorch = spawnSync(PYTHON, ["-c", "import torch"]).status === 0;

async function contest(name: string): Promise<Row[]> {
  const definition = architecture(name);
  const { widthPx, heightPx } = definition.paperSize;
  const folder = mkdtempSync(join(tmpdir(), "inference-"));
  const contenders: Contender[] = [];
  try {
    // Weights by formula keep activations of a usual size: fresh ones shrink to denormals, which slow processors down.
    const state = formulaState(definition.create(), 1);
    writeFileSync(
      join(folder, "model.onnx"),
      encodeModel(exportNetwork(definition, state, { batch: 1 }).model),
    );
    if (hasTorch) writeGraphFiles(folder, definition, state);
    const ours = [
      process.execPath,
      ...process.execArgv,
      pathOf("inference/ours.ts"),
      folder,
      values.threads,
    ] as const;
    contenders.push(await Contender.start("ours", ours));
    if (hasTorch)
      for (const [peer, env] of Object.entries(PEERS)) {
        const command = [PYTHON, pathOf("peers/inference.py"), folder, values.threads] as const;
        contenders.push(await Contender.start(peer, command, env));
      }
    const reports = new Map(contenders.map((contender) => [contender.name, [] as StepReport[]]));
    for (let round = 0; round <= Number(values.rounds); round++)
      for (const contender of contenders) reports.get(contender.name)!.push(await contender.step());

    const title = `${name} ${widthPx}x${heightPx}`;
    const [own, ...peers] = contenders.map((contender) => ({
      name: contender.name,
      ...summary(reports.get(contender.name)!),
    }));
    console.log(title);
    for (const { name: who, ms, cpuMs, peakMb, mean } of [own!, ...peers]) {
      console.log(
        `  ${who}: ${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of CPU time), peak ${peakMb.toFixed(0)} MB`,
      );
      if (Math.abs(mean - own!.mean) > SAME * Math.max(1, Math.abs(own!.mean)))
        throw new Error(`not the same network: the matte's mean is ${mean}, ours ${own!.mean}`);
    }
    return peers.flatMap(({ name: peer, ms, cpuMs, peakMb }) => [
      row(`${title}: time, ${peer}`, own!.ms, ms, "ms"),
      row(`${title}: CPU time, ${peer}`, own!.cpuMs, cpuMs, "ms"),
      row(`${title}: peak memory, ${peer}`, own!.peakMb, peakMb, "MB"),
    ]);
  } finally {
    await Promise.all(contenders.map((contender) => contender.end()));
    rmSync(folder, { recursive: true });
  }
}

/** Medians; the first run warms up. */
function summary([first, ...rest]: readonly StepReport[]) {
  return {
    ms: 1000 * median(rest.map(({ seconds }) => seconds)),
    cpuMs: 1000 * median(rest.map(({ cpuSeconds }) => cpuSeconds)),
    peakMb: Math.max(...rest.map(({ peakMb }) => peakMb)),
    mean: first!.loss,
  };
}

if (!hasTorch) console.log(`PyTorch skipped: ${PYTHON} has no torch (Debian: apt install python3-torch)`);
const rows: Row[] = [];
for (const network of values.network) rows.push(...(await contest(network)));
if (rows.length > 0) report(rows);
else console.log(machine());
