import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** One line of a plot. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PlotOptions {
  readonly x: string;
  readonly y: string;
  /** Whether y is drawn by its logarithm. */
  readonly log?: boolean;
  /** Places on the x axis to mark, and what to write there. */
  readonly marks?: readonly (readonly [x: number, text: string])[];
}

/** Curves as an SVG element: text that any page or file can hold. */
export function plotCurves(curves: readonly Curve[], { x, y, log = false, marks = [] }: PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const points = curves.flatMap(({ name, points }) =>
    points
      .filter(([, value]) => Number.isFinite(value) && (!log || value > 0))
      .map(([px, py]) => ({ name, x: px, y: py })),
  );
  // Beyond it, a caption stands left of its mark, so as not to be cut off.
  const [low, high] = [Math.min(...points.map((p) => p.x)), Math.max(...points.map((p) => p.x))];
  const turn = low + 0.75 * (high - low);
  const svg = Plot.plot({
    document,
    width: 640,
    height: 280,
    marginLeft: 56,
    style: { fontSize: "12px", background: "none" },
    x: { label: x, tickFormat: (at: number) => (Number.isInteger(at) ? String(at) : "") },
    y: { label: y, grid: true, nice: true, ...(log ? { type: "log", tickFormat: "~e" } : {}) },
    color: { domain: curves.map(({ name }) => name), scheme: "Observable10" },
    marks: [
      Plot.lineY(points, { x: "x", y: "y", z: "name", stroke: "name", strokeWidth: 1.6 }),
      ...(points.length <= 60 ? [Plot.dotY(points, { x: "x", y: "y", fill: "name", r: 2 })] : []),
      Plot.ruleX(marks, {
        x: (mark: readonly [number, string]) => mark[0],
        stroke: "#999",
        strokeDasharray: "3 3",
      }),
      captions(
        marks.filter(([at]) => at <= turn),
        "start",
      ),
      captions(
        marks.filter(([at]) => at > turn),
        "end",
      ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML;
}

const captions = (marks: readonly (readonly [x: number, text: string])[], textAnchor: "start" | "end") =>
  Plot.text(marks, {
    x: (mark: readonly [number, string]) => mark[0],
    text: (mark: readonly [number, string]) => mark[1],
    frameAnchor: "top",
    textAnchor,
    dx: textAnchor === "start" ? 4 : -4,
    fontSize: 11,
    fill: "#666",
  });
