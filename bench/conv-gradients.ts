/**
 * Every recipe of convolutions and their gradients, by shape: what the static defaults of ops/lowering/choose.ts take
 * against the fastest. "Ours" is the default, "peer" the best of all recipes; 1 is a right choice.
 *
 *     npm run bench -- conv-gradients [--network unet] [--kind weight] [--rounds 5] [--threads 2] [--cpu-time]
 *                                     [--portable] [--save choices.json] [--json]
 *
 * Shapes are a table of common ones, or all of a network of bench/train-step. `--cpu-time` counts the process's CPU
 * time instead of the clock's: for a machine with other work, with one thread. `--save` writes the fastest recipes,
 * for `train-step --choices`.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  convProblems,
  CPU,
  defaultRecipe,
  measureRecipes,
  problemOf,
  recipeKey,
  type ConvKind,
  type ConvProblem,
} from "../packages/core/src/ops/lowering/index.js";
import { windowOutputs } from "../packages/core/src/ops/window.js";
import { nodeCpuTarget, openTimed } from "../packages/core/src/train/node.js";
import { recordStep } from "../packages/core/src/train/step-plan.js";
import { report, row, type Row } from "./lib/harness.js";
import { CONTESTS, stepOf } from "./train-step/networks.js";

const { values } = parseArgs({
  options: {
    network: { type: "string" },
    kind: { type: "string", multiple: true, default: ["forward", "input", "weight"] },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    "cpu-time": { type: "boolean", default: false },
    portable: { type: "boolean", default: false },
    save: { type: "string" },
    json: { type: "boolean" },
  },
});

interface Shape {
  readonly channels: readonly [from: number, to: number];
  readonly side: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly group?: number;
}

/** Batch 4. */
const SHAPES: readonly Shape[] = [
  { channels: [3, 64], side: 256 },
  { channels: [16, 16], side: 256 },
  { channels: [32, 32], side: 256 },
  { channels: [64, 1], side: 256 },
  { channels: [64, 64], side: 160 },
  { channels: [64, 64], side: 80, dilation: 2 },
  { channels: [64, 128], side: 160, stride: 2 },
  { channels: [256, 256], side: 40 },
  { channels: [256, 256], side: 40, kernel: 1 },
  { channels: [256, 256], side: 20, dilation: 8 },
  { channels: [512, 512], side: 20 },
  { channels: [192, 192], side: 64, group: 192 },
  { channels: [96, 96], side: 128, group: 96, stride: 2 },
];

function problemOfShape({ channels: [from, to], side, ...given }: Shape): ConvProblem {
  const { kernel = 3, stride = 1, dilation = 1, group = 1 } = given;
  const pad = (dilation * (kernel - 1)) / 2;
  const slide = {
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pads: [pad, pad, pad, pad],
    group,
  };
  const w = [to, from / group, kernel, kernel];
  const out = windowOutputs("Conv", [side, side], [kernel, kernel], slide) as readonly number[];
  return problemOf("float32", { x: [4, from, side, side], w, y: [4, to, ...out] }, slide);
}

const target = values.portable ? CPU : await nodeCpuTarget();
const kinds = values.kind as ConvKind[];
const problems =
  values.network === undefined
    ? SHAPES.flatMap((shape) => kinds.map((kind) => ({ kind, problem: problemOfShape(shape) })))
    : [...convProblems(recordStep(stepOf(CONTESTS[values.network]!)).graph, target).values()];

/** User and system time of all threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const rows: Row[] = [];
const choices: Record<string, string> = {};
for (const { kind, problem } of problems.filter((one) => kinds.includes(one.kind))) {
  const times = await measureRecipes(kind, problem, {
    target,
    open: openTimed(Number(values.threads)),
    rounds: Number(values.rounds),
    ...(values["cpu-time"] ? { nowMs: cpuMs } : {}),
  });
  const sorted = [...times].sort(([, a], [, b]) => a - b);
  const [best, bestMs] = sorted[0]!;
  const taken = defaultRecipe(kind, problem, target).name;
  const key = recipeKey(kind, problem);
  choices[key] = best;
  console.log(
    `${key}\n    ${sorted.map(([name, ms]) => `${name} ${ms.toFixed(2)}`).join(", ")}; default ${taken}`,
  );
  rows.push(row(`${key}: ${taken}, best ${best}`, times.get(taken)!, bestMs, "ms"));
}
if (values.save !== undefined) writeFileSync(values.save, JSON.stringify(choices, null, 1));
report(rows);
