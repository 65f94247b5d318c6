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
    etaBuffer: 20,
    format: `{bar} {value}/{total} ${unit} · {rate}/s · {eta_formatted} left`,
    barsize: 30,
  });
  const startedMs = performance.now();
  let done = 0;
  const payload = () => ({ rate: ((done * 1000) / Math.max(1, performance.now() - startedMs)).toFixed(2) });
  bar.start(total, 0, payload());
  return {
    step() {
      done += 1;
      bar.increment(payload());
    },
    say(text) {
      stream.write(`\r\u001b[K${text}\n`);
      bar.render();
    },
    stop: () => {
      bar.stop();
    },
  };
}
