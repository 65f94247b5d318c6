import type { RunLine } from "./results.js";

/** Mean and sample standard deviation. */
export function spread(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

/** A comparison in Markdown: a method a line, best mean IoU first. */
export function comparisonTable(title: string, lines: readonly RunLine[]): string {
  const methods = [...new Set(lines.map(({ method }) => method))].map((method) => {
    const of = lines.filter((line) => line.method === method);
    const values = (name: string): number[] => of.map(({ metrics }) => metrics[name]!);
    return { method, of, iou: values("val_iou"), dice: values("val_dice") };
  });
  methods.sort((a, b) => spread(b.iou).mean - spread(a.iou).mean);
  const shown = (values: readonly number[]): string => {
    const { mean, deviation } = spread(values);
    return `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
  };
  const rows = methods.map(({ method, of, iou, dice }) => [
    method,
    shown(iou),
    shown(dice),
    of.map(({ seed, metrics }) => `${seed}: ${metrics["val_iou"]!.toFixed(4)}`).join(", "),
    [...new Set(of.map(({ steps }) => steps))].join(", "),
  ]);
  const table = [["", "IoU", "Dice", "IoU by seed", "steps"], ["---", "---", "---", "---", "---"], ...rows];
  return [
    `## ${title}`,
    "",
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    "Of the last epoch, mean over the validation pictures at the network's size, threshold 0.5; ± is the standard deviation " +
      "over seeds.",
    "",
  ].join("\n");
}
