import { cpus, totalmem } from "node:os";

/** One comparison: ours against a peer's, in `unit`; the ratio is ours by the peer's, below 1 is better. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly unit: string;
}

export function row(name: string, ours: number, peer: number, unit: string): Row {
  return { name, ours: round(ours), peer: round(peer), ratio: Number((ours / peer).toFixed(3)), unit };
}

const round = (x: number): number => Number(x.toPrecision(4));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Time several contenders by turns, so that a slow spell of the machine hits all of them.
 * @param contenders by name; each is called once to warm up, then `rounds` times
 * @returns median milliseconds by name
 */
export async function interleave<K extends string>(
  contenders: Readonly<Record<K, () => unknown>>,
  { rounds = 7, warmUps = 1 } = {},
): Promise<Record<K, number>> {
  const names = Object.keys(contenders) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let r = -warmUps; r < rounds; r++) {
    for (const name of names) {
      const startMs = performance.now();
      await contenders[name]();
      if (r >= 0) times[name].push(performance.now() - startMs);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<K, number>;
}

export function machine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, ${gib} GiB, Node ${process.versions.node}`;
}

/** Print the rows as a table, and with `--json` as a last line `{ machine, rows }` for programs. */
export function report(rows: readonly Row[], argv: readonly string[] = process.argv): void {
  console.log(`\n${machine()}`);
  const width = Math.max(4, ...rows.map(({ name }) => name.length));
  console.log(`${"".padEnd(width)}  ${"ours".padStart(10)}  ${"peer".padStart(10)}  ratio`);
  for (const { name, ours, peer, ratio, unit } of rows)
    console.log(
      `${name.padEnd(width)}  ${String(ours).padStart(10)}  ${String(peer).padStart(10)}  ${ratio.toFixed(2)}x  ${unit}`,
    );
  if (argv.includes("--json")) console.log(JSON.stringify({ machine: machine(), rows }));
}
