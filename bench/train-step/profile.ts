import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface TraceEvent {
  readonly cat?: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly output_type_shape?: readonly Record<string, number[]>[];
  };
}

export interface OperatorTime {
  readonly operator: string;
  readonly ms: number;
  readonly count: number;
}

/** Where a step's time goes, by operator: means over the profile's runs but the first. */
export function operatorTimes(folder: string): readonly OperatorTime[] {
  const file = readdirSync(folder).find((name) => name.startsWith("profile"))!;
  const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as readonly TraceEvent[];
  const runs = events.filter(({ name }) => name === "model_run").length;
  const seen = new Map<string, number>();
  const totals = new Map<string, { us: number; count: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== "Node" || args?.op_name === undefined || !name.endsWith("_kernel_time")) continue;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    if (times === 1 && runs > 1) continue;
    const total = totals.get(args.op_name) ?? { us: 0, count: 0 };
    totals.set(args.op_name, { us: total.us + dur, count: total.count + 1 });
  }
  const counted = Math.max(1, runs - 1);
  return [...totals]
    .map(([operator, { us, count }]) => ({ operator, ms: us / 1000 / counted, count: count / counted }))
    .sort((a, b) => b.ms - a.ms);
}

/** A table of it. */
export function printProfile(times: readonly OperatorTime[]): void {
  const total = times.reduce((sum, { ms }) => sum + ms, 0);
  console.log(`\n${"operator".padEnd(24)}  ${"ms".padStart(8)}  share  nodes`);
  for (const { operator, ms, count } of times) {
    const share = `${((100 * ms) / total).toFixed(1)}%`.padStart(6);
    console.log(`${operator.padEnd(24)}  ${ms.toFixed(1).padStart(8)}  ${share}  ${count}`);
  }
  console.log(`${"all".padEnd(24)}  ${total.toFixed(1).padStart(8)}`);
}
