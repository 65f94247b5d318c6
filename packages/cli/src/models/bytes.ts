const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** 88188479 → `88.2 MB`. Decimal units, as disks and downloads are sold. */
export function shownBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit]!}`;
}

/** Large counts as people say them: 44046790 → `44.0 M`. */
export function shownCount(count: number): string {
  for (const [size, letter] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const)
    if (count >= size * 0.9995) return `${(count / size).toFixed(1)} ${letter}`;
  return String(count);
}

const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** `500MB`, `2 GiB`, `1000`: a number of bytes; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b?)$/i.exec(text.trim());
  const factor = FACTORS[match?.[2]?.toLowerCase() ?? "?"];
  const bytes = Math.round(Number(match?.[1]) * (factor ?? NaN));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
