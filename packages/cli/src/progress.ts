import { SingleBar } from "cli-progress";

/** How long work goes on, said as it fits: a bar on a terminal, plain lines elsewhere, nothing under --json. */
export interface Progress {
  /** One more is done; `note` is what a plain line says of it. */
  step(note: string): void;
  /** Say something without tearing the bar. */
  say(line: string): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly total: number;
  /** What is counted, as in `12 pictures`. */
  readonly unit: string;
  /** No per-item lines: failures are still said. */
  readonly quiet?: boolean;
  readonly stream?: NodeJS.WriteStream;
}

export function createProgress({
  total,
  unit,
  quiet = false,
  stream = process.stderr,
}: ProgressOptions): Progress {
  const line = (text: string): void => void stream.write(`${text}\n`);
  if (quiet || !stream.isTTY || total < 2) {
    let done = 0;
    return {
      step(note) {
        done += 1;
        if (!quiet && note !== "") line(total < 2 ? note : `[${done}/${total}] ${note}`);
      },
      say: line,
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({
    stream,
    hideCursor: true,
    clearOnComplete: false,
    format: `{bar} {value}/{total} ${unit} · {rate}`,
    barsize: 30,
  });
  const startedMs = performance.now();
  let done = 0;
  let stopped = false;
  const payload = () => {
    if (done === 0) return { rate: "starting" };
    const perSecond = (done * 1000) / Math.max(1, performance.now() - startedMs);
    return { rate: `${perSecond.toFixed(2)}/s · ${shownTime((total - done) / perSecond)} left` };
  };
  bar.start(total, 0, payload());
  return {
    step() {
      done += 1;
      bar.increment(payload());
    },
    say(text) {
      if (stopped) {
        line(text);
        return;
      }
      stream.write(`\r\u001b[K${text}\n`);
      bar.render();
    },
    stop: () => {
      stopped = true;
      bar.stop();
    },
  };
}

/** `8 s`, `3 min 20 s`, `1 h 5 min` */
export function shownTime(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
