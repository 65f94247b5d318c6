import { SingleBar } from "cli-progress";
import type { RunResult, TrainEvent } from "@mattelier/core/train/run";

/** Where there is no terminal, a line so often says that steps go on. */
const LINE_EVERY_MS = 30_000;

export interface TrainProgress {
  readonly onEvent: (event: TrainEvent) => void;
  /** Take away the bar, or the line that counts. */
  stop(): void;
  /** Say how it came out. */
  conclude(result: RunResult): void;
}

/** A run as a person watches it: a bar an epoch on a terminal, plain lines elsewhere, JSON for programs. */
export function createTrainProgress({
  json,
  out = process.stdout,
  err = process.stderr,
}: {
  readonly json: boolean;
  readonly out?: NodeJS.WriteStream;
  readonly err?: NodeJS.WriteStream;
}): TrainProgress {
  const print = (line: string): void => void out.write(`${line}\n`);
  if (json)
    return {
      onEvent: (event) => {
        print(JSON.stringify(event));
      },
      stop: () => undefined,
      conclude: ({ folder, ended, isInterrupted, best }) => {
        print(JSON.stringify({ kind: "end", folder, ended, isInterrupted, best }));
      },
    };
  let bar: SingleBar | undefined;
  /** Whether the terminal's last line is one that counts. */
  let isCounting = false;
  let ofEpochs = "";
  let monitor = "val_iou";
  /** What the last epoch came to: `val_iou 0.941`. */
  let measured: string | undefined;
  let lastMs = performance.now();
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    if (isCounting) err.write("\r\u001B[K");
    isCounting = false;
  };
  /** Whether it is time for another plain line. */
  const isDue = (): boolean => {
    const nowMs = performance.now();
    if (nowMs - lastMs < LINE_EVERY_MS) return false;
    lastMs = nowMs;
    return true;
  };
  const onStep = (event: Extract<TrainEvent, { kind: "step" }>): void => {
    const state = stateOf(event, measured);
    if (!err.isTTY) {
      if (!isDue()) return;
      err.write(`epoch ${event.epoch}${ofEpochs}, batch ${event.done}/${event.of}: ${state}\n`);
      return;
    }
    if (bar === undefined) {
      stop();
      bar = new SingleBar({
        stream: err,
        hideCursor: true,
        clearOnComplete: true,
        barsize: 24,
        format: "epoch {epoch} {bar} {value}/{total} · {state}",
      });
      bar.start(event.of, event.done, { epoch: `${event.epoch}${ofEpochs}`, state });
    } else bar.update(event.done, { state });
  };
  /** Of work outside epochs, a line that is written over. */
  const onCount = (doing: string, done: number, total: number): void => {
    const text = `${doing}: ${done}/${total}`;
    if (err.isTTY) {
      stop();
      isCounting = done < total;
      if (isCounting) err.write(text);
    } else if (isDue() || done === total) err.write(`${text}\n`);
  };
  return {
    onEvent(event) {
      switch (event.kind) {
        case "begin":
          stop();
          ofEpochs = event.epochs === undefined ? "" : `/${event.epochs}`;
          ({ monitor } = event);
          event.lines.forEach(print);
          return;
        case "step":
          onStep(event);
          return;
        case "autotune":
          onCount("measuring recipes of convolutions", event.done, event.total);
          return;
        case "pseudo-label":
          onCount(`labelling photos, round ${event.round}`, event.done, event.of);
          return;
        case "validate":
          stop();
          return;
        case "epoch":
          measured = `${monitor} ${event.metrics[monitor]!.toPrecision(3)}`;
          print(epochLine(event, ofEpochs));
          return;
        case "say":
          stop();
          print(event.line);
          return;
      }
    },
    stop,
    conclude({ folder, ended, isInterrupted, best }) {
      print(
        isInterrupted
          ? `interrupted and saved: mattelier train --resume ${folder}`
          : `ended: ${ended}. ${bestLine(best, monitor)} See ${folder}/report.html`,
      );
    },
  };
}

function stateOf(
  { loss, imagesPerSecond, leftMs }: Extract<TrainEvent, { kind: "step" }>,
  measured: string | undefined,
): string {
  return [
    `loss ${loss.toPrecision(4)}`,
    ...(measured === undefined ? [] : [measured]),
    `${imagesPerSecond.toFixed(1)} images/s`,
    `${shownLeft(leftMs)} left`,
  ].join(" · ");
}

function shownLeft(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1.5) return `${Math.round(ms / 1000)} s`;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}

function epochLine(event: Extract<TrainEvent, { kind: "epoch" }>, ofEpochs: string): string {
  const { epoch, metrics, imagesPerSecond, isBest } = event;
  const shown = Object.entries(metrics).map(([name, value]) => `${name} ${shownNumber(value)}`);
  return `epoch ${epoch}${ofEpochs}  ${shown.join("  ")}  ${imagesPerSecond.toFixed(1)} images/s${isBest ? "  best" : ""}`;
}

const shownNumber = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toFixed(4);

function bestLine(best: RunResult["best"], monitor: string): string {
  if (best === undefined) return "No epoch was kept as best.";
  const { epoch, metrics } = best;
  const names = new Set([monitor, "val_iou", "val_dice"]);
  return `Best epoch ${epoch}: ${[...names].map((name) => `${name} ${shownNumber(metrics[name]!)}`).join(", ")}.`;
}
