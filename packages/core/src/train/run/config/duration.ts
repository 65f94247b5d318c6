const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1000 } as const;

/** `90s`, `30m`, `1h30m` in milliseconds; undefined for what is no length of time. */
export function durationMs(text: string): number | undefined {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([hms])\s*/g)];
  const read = parts.map(([all]) => all).join("");
  const ms = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS],
    0,
  );
  return read.length === text.trim().length && ms > 0 ? ms : undefined;
}

/** 5400000 → `1 h 30 m`: for people, two units at most. */
export function shownDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h} h ${m} m`;
  return m > 0 ? `${m} m ${s} s` : `${s} s`;
}
