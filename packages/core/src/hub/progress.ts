/** How far a download, copy or check has come. */
export interface Progress {
  readonly phase: "download" | "copy" | "assemble" | "check";
  readonly bytes: number;
  /** Undefined when the server does not say. */
  readonly totalBytes: number | undefined;
  /** Over about the last three seconds. */
  readonly bytesPerSecond: number;
}

export type OnProgress = (progress: Progress) => void;

/** Milliseconds between two reports; the last one always comes. */
const INTERVAL_MS = 100;
const WINDOW_MS = 3000;

export interface ProgressMeter {
  /** Set where it stands, without counting the step as speed: what a resumed download has already. */
  startAt(bytes: number): void;
  add(bytes: number): void;
  setTotal(totalBytes: number | undefined): void;
  finish(): void;
}

/** Turn bytes as they come into reports that are neither too many nor without a speed. */
export function createProgressMeter(
  phase: Progress["phase"],
  onProgress: OnProgress | undefined,
): ProgressMeter {
  let bytes = 0;
  let total: number | undefined;
  let lastReport = -Infinity;
  let marks: { at: number; bytes: number }[] = [];

  const report = (now: number): void => {
    lastReport = now;
    marks = marks.filter(({ at }, i) => now - at <= WINDOW_MS || i === marks.length - 1);
    const first = marks[0] ?? { at: now, bytes };
    const seconds = (now - first.at) / 1000;
    const bytesPerSecond = seconds > 0 ? (bytes - first.bytes) / seconds : 0;
    marks.push({ at: now, bytes });
    onProgress?.({ phase, bytes, totalBytes: total, bytesPerSecond });
  };

  return {
    startAt(start) {
      bytes = start;
      marks = [{ at: performance.now(), bytes }];
    },
    add(count) {
      bytes += count;
      const now = performance.now();
      if (now - lastReport >= INTERVAL_MS) report(now);
    },
    setTotal(totalBytes) {
      total = totalBytes;
    },
    finish() {
      report(performance.now());
    },
  };
}
