import { readFileSync } from "node:fs";
import { formulaNumbers } from "../util/formula.test-support.js";
import { createLayout, type ParameterLayout } from "./layout.js";
import type { OptimiserOptions } from "./optimiser.js";
import type { OptimiserSpec } from "./optimiser-spec.js";
import type { PlateauOptions } from "./reduce-on-plateau.js";
import type { ScheduleSpec } from "./schedule.js";

export interface OptimiserGolden {
  readonly spec: OptimiserSpec;
  readonly options: OptimiserOptions & { readonly schedule?: ScheduleSpec; readonly microBatches?: number };
  /** All weights (the averaged ones with `emaDecay`) after so many steps. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly norms?: readonly number[];
}

interface Golden {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly optimisers: readonly OptimiserGolden[];
  readonly schedules: readonly {
    readonly spec: ScheduleSpec;
    readonly lr: readonly number[];
    readonly momentum: readonly number[];
  }[];
  readonly plateaus: readonly {
    readonly options: PlateauOptions;
    readonly metrics: readonly number[];
    readonly lr: readonly number[];
  }[];
}

/** PyTorch's values; the file's `origin` says how they were made. */
export const golden = JSON.parse(
  readFileSync(new URL("optim.golden.json", import.meta.url), "utf8"),
) as Golden;

export const goldenLayout = createLayout(
  Object.entries(golden.shapes).map(([path, shape]) => ({ path, shape })),
);

/** The generator's numbers in [-1, 1) for a name. */
export function numbersFor(name: string, count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(formulaNumbers(name, count));
}

export function startWeights(layout: ParameterLayout): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(layout.size);
  for (const { path, offset, size } of layout.spans) flat.set(numbersFor(`weight:${path}`, size), offset);
  return flat;
}

/** The gradient of step t (from 1), micro-batch j. */
export function gradientAt(layout: ParameterLayout, t: number, j: number): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(layout.size);
  for (const { path, offset, size } of layout.spans)
    flat.set(numbersFor(`gradient:${t}:${j}:${path}`, size), offset);
  return flat;
}
