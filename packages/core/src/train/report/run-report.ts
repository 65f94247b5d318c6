import type { EpochLine, StepLine, TimingLine } from "../run/record/run-folder.js";
import { plotCurves, type Curve } from "./curves.js";
import { escapeHtml, htmlTable, reportPage } from "./page.js";

/** Observable10, as the plots use it. */
const COLOURS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7"];

export interface RunReport {
  readonly title: string;
  readonly config: unknown;
  readonly epochs: readonly EpochLine[];
  readonly steps: readonly StepLine[];
  readonly timings: readonly TimingLine[];
  /** The metric that the best epoch is told by. */
  readonly metric: string;
  /** The epoch whose weights are kept as best, from 1. */
  readonly best: number | undefined;
  /** Why the run ended; undefined while it goes on. */
  readonly ended: string | undefined;
  /** The newest sheet of samples, relative to the report. */
  readonly samples: string | undefined;
}

/** A run as a page: curves, the best epoch, all epochs, samples, configuration. */
export function runReport(run: RunReport): string {
  const { epochs, metric: shown, timings } = run;
  const best = epochs.find(({ epoch }) => epoch === run.best);
  const drops = rateDrops(run.epochs);
  const curve = (name: string, metric = name): Curve => ({
    name,
    points: epochs.flatMap(({ epoch, metrics }) => {
      const value = metrics[metric];
      return value === undefined ? [] : [[epoch, value] as const];
    }),
  });
  const figure = (
    caption: string,
    curves: readonly Curve[],
    options: { log?: boolean; x?: string } = {},
  ): string => {
    const keys =
      curves.length === 1
        ? ""
        : curves
            .map(
              ({ name }, i) =>
                `<span class="key"><i style="background:${COLOURS[i]!}"></i>${escapeHtml(name)}</span>`,
            )
            .join("");
    const x = options.x ?? "epoch";
    const svg = plotCurves(curves, {
      x,
      y: "",
      log: options.log ?? false,
      marks: x === "epoch" ? drops : [],
    });
    return `<figure><figcaption>${escapeHtml(caption)} ${keys}</figcaption>${svg}</figure>`;
  };
  const smooth: Curve = { name: "loss", points: smoothed(run.steps) };
  const names = Object.keys(epochs.at(-1)?.metrics ?? {});
  const timingOf = (epoch: number): TimingLine | undefined => timings.find((t) => t.epoch === epoch);
  const seconds = timings.reduce((sum, timing) => sum + timing.seconds, 0);
  return reportPage(run.title, [
    {
      title: run.ended === undefined ? "Under way" : `Ended: ${run.ended}`,
      html: `<p>${
        best === undefined
          ? "No best epoch yet."
          : `Best ${escapeHtml(shown)} <strong>${format(best.metrics[shown])}</strong> at epoch ${best.epoch} of ${epochs.at(-1)!.epoch}, ${Math.round(seconds)} s in all.`
      }</p>`,
    },
    {
      title: "Curves",
      html: `<div class="plots">${[
        figure("Loss", [curve("training", "loss"), curve("validation", "val_loss")]),
        figure("Overlap on the validation set", [curve("IoU", "val_iou"), curve("Dice", "val_dice")]),
        figure("Learning rate", [curve("lr")], { log: true }),
        figure("Loss by step (running mean)", [smooth], { x: "step" }),
      ].join("\n")}</div>`,
    },
    ...(run.samples === undefined
      ? []
      : [
          {
            title: "Validation samples, newest epoch",
            html: `<p>Photo, mask, predicted matte, cut-out.</p><img src="${escapeHtml(run.samples)}" alt="samples">`,
          },
        ]),
    {
      title: "Epochs",
      html: htmlTable(
        epochs,
        [
          { title: "epoch", of: ({ epoch }) => String(epoch) },
          { title: "step", of: ({ step }) => String(step) },
          ...names.map((name) => ({ title: name, of: ({ metrics }: EpochLine) => format(metrics[name]) })),
          { title: "seconds", of: ({ epoch }) => format(timingOf(epoch)?.seconds) },
          { title: "memory, MB", of: ({ epoch }) => format(timingOf(epoch)?.memoryMb) },
        ],
        (row) => row === best,
      ),
    },
    { title: "Configuration", html: `<pre>${escapeHtml(JSON.stringify(run.config, undefined, 2))}</pre>` },
  ]);
}

/**
 * Epochs by whose end the rate had fallen to half or less, and twice as steeply as before and after: no slope of a
 * schedule, which is steepest at its end.
 */
export function rateDrops(epochs: readonly Pick<EpochLine, "epoch" | "metrics">[]): [number, string][] {
  const rates = epochs.map(({ metrics }) => metrics["lr"]!);
  const fall = (i: number): number => (i < 1 ? 1 : Math.min(1, rates[i]! / rates[i - 1]!));
  const isDrop = (i: number): boolean => {
    const isSteeperThanAfter = i + 1 < rates.length ? fall(i) <= fall(i + 1) / 2 : fall(i - 1) === 1;
    return rates[i]! > 0 && fall(i) <= fall(i - 1) / 2 && isSteeperThanAfter;
  };
  return epochs.flatMap(({ epoch }, i): [number, string][] =>
    isDrop(i) ? [[epoch, `lr ${format(rates[i])}`]] : [],
  );
}

/** Means of neighbours, at most 200 points. */
function smoothed(steps: readonly StepLine[]): [number, number][] {
  const size = Math.max(1, Math.ceil(steps.length / 200));
  const points: [number, number][] = [];
  for (let i = 0; i < steps.length; i += size) {
    const part = steps.slice(i, i + size);
    points.push([part.at(-1)!.step, part.reduce((sum, { loss }) => sum + loss, 0) / part.length]);
  }
  return points;
}

const format = (value: number | undefined): string =>
  value === undefined
    ? ""
    : value !== 0 && Math.abs(value) < 1e-3
      ? value.toExponential(2)
      : value.toPrecision(4);
