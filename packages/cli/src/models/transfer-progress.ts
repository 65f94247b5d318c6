import { SingleBar } from "cli-progress";
import type { Progress } from "@mattelier/core/hub";
import { shownBytes } from "./bytes.js";

const DOING: Readonly<Record<Progress["phase"], string>> = {
  download: "Downloading",
  copy: "Copying",
  assemble: "Putting together",
  check: "Checking",
};
/** Where there is no terminal, long transfers show that they live, short ones say nothing. */
const LINE_EVERY_MS = 5000;
/** Below this it is over before anybody reads it. */
const WORTH_A_WORD = 4e6;

export interface TransferProgress {
  report(progress: Progress): void;
  stop(): void;
}

/** Bytes on their way: a bar with rate and time left on a terminal, a line every few seconds elsewhere. */
export function createTransferProgress(stream: NodeJS.WriteStream = process.stderr): TransferProgress {
  return stream.isTTY ? barOn(stream) : linesOn(stream);
}

function barOn(stream: NodeJS.WriteStream): TransferProgress {
  let bar: SingleBar | undefined;
  let phase: Progress["phase"] | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    report(progress) {
      const { bytes, totalBytes } = progress;
      if ((totalBytes ?? Infinity) < WORTH_A_WORD) return;
      if (progress.phase !== phase) stop();
      phase = progress.phase;
      if (bar === undefined) {
        bar = new SingleBar({
          stream,
          hideCursor: true,
          barsize: 30,
          format:
            totalBytes === undefined
              ? "{doing} · {done} · {rate}/s"
              : "{doing} {bar} {done} of {of} · {rate}/s · {left} left",
        });
        bar.start(totalBytes ?? 0, bytes, payloadOf(progress));
      }
      bar.update(bytes, payloadOf(progress));
      if (bytes === totalBytes) stop();
    },
    stop,
  };
}

function payloadOf({ phase, bytes, totalBytes, bytesPerSecond }: Progress): Record<string, string> {
  const seconds = totalBytes === undefined ? NaN : (totalBytes - bytes) / bytesPerSecond;
  return {
    doing: DOING[phase],
    done: shownBytes(bytes),
    of: totalBytes === undefined ? "?" : shownBytes(totalBytes),
    rate: shownBytes(Math.round(bytesPerSecond)),
    left: Number.isFinite(seconds) ? shownSeconds(seconds) : "?",
  };
}

function shownSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function linesOn(stream: NodeJS.WriteStream): TransferProgress {
  let lastMs = performance.now();
  return {
    report(progress) {
      const { bytes, totalBytes } = progress;
      const nowMs = performance.now();
      if (nowMs - lastMs < LINE_EVERY_MS || bytes === totalBytes) return;
      lastMs = nowMs;
      const { doing, done, of, rate } = payloadOf(progress);
      stream.write(`${doing!}: ${done!}${totalBytes === undefined ? "" : ` of ${of!}`}, ${rate!}/s\n`);
    },
    stop: () => undefined,
  };
}
