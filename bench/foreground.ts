/**
 * Which estimate of the subject's colours along its edge comes nearest to the truth, and what it costs.
 * Photographic cut-outs with real alpha are laid on landscapes; the estimators get the picture and an alpha: the true
 * one, or what `enlargeMatte` makes of it shrunk by 2 or 4 ("as a network sees it"); and all that again with the
 * edge softened as a lens out of focus would. Errors are mean differences of 0 to 255 over mixed pixels:
 *   colour   from the subject's true colour (spread outwards where there is none), weighted by the alpha given: halos
 *   laid     from the true cut-out, when both are laid on black and on white: what a viewer sees
 * `npm run bench -- foreground [--cutouts 12] [--json]`.
 */
import { parseArgs } from "node:util";
import { boxBlur } from "../packages/core/src/infer/box-blur.js";
import { stretch } from "../packages/core/src/infer/resample.js";
import { ours as enlarge } from "./candidates/enlarge.js";
import { blurFusion, multiLevel, ours, untouched, type EstimateForeground } from "./candidates/layers.js";
import { composed, cutOutNames, haveData, type MatteSample } from "./candidates/matte-samples.js";
import { interleave, report, row, type Row } from "./lib/harness.js";

const { values } = parseArgs({
  options: { cutouts: { type: "string", default: "12" }, json: { type: "boolean" } },
});
const METHODS: Readonly<Record<string, EstimateForeground>> = {
  "the picture's own": untouched,
  "blur fusion": blurFusion,
  "multi-level": multiLevel(),
  "multi-level, loose": multiLevel({ gradientWeight: 0.1 }),
  ours,
};

if (!haveData()) {
  console.log("skipped: ../shared/data is not there");
  process.exit(0);
}

/** The subject's true colours, carried outwards to where there are none. */
function spread({ subject, alpha, picture: { widthPx, heightPx } }: MatteSample): Float32Array {
  const out = subject!.slice();
  const known = alpha.map((a) => (a > 0.3 ? 1 : 0));
  const filled = alpha.map((a) => (a > 0.02 ? 1 : 0));
  for (const radius of [1, 2, 4, 8, 16, 32]) {
    const weights = known.slice();
    boxBlur(weights, widthPx, heightPx, radius);
    const reached = filled.slice();
    for (let c = 0; c < 3; c++) {
      const plane = known.map((k, i) => k * subject![i * 3 + c]!);
      boxBlur(plane, widthPx, heightPx, radius);
      for (let i = 0; i < plane.length; i++) {
        if (filled[i] === 1 || weights[i]! < 1e-4) continue;
        out[i * 3 + c] = plane[i]! / weights[i]!;
        reached[i] = 1;
      }
    }
    filled.set(reached);
  }
  return out;
}

function errors(
  estimate: Float32Array,
  given: Float32Array,
  truth: Float32Array,
  sample: MatteSample,
): [number, number] {
  let [colour, weights, laid, count] = [0, 0, 0, 0];
  for (let i = 0; i < given.length; i++) {
    const [t, a] = [sample.alpha[i]!, given[i]!];
    if (!((t > 0.01 && t < 0.99) || (a > 0.01 && a < 0.99))) continue;
    for (let c = 0; c < 3; c++) {
      const [f, own] = [estimate[i * 3 + c]!, sample.subject![i * 3 + c]!];
      colour += a * Math.abs(f - truth[i * 3 + c]!);
      weights += a;
      laid += Math.abs(a * f - t * own) + Math.abs(a * f + 255 * (1 - a) - t * own - 255 * (1 - t));
      count += 2;
    }
  }
  return [colour / weights, laid / count];
}

function shrunkAndEnlarged({ picture, alpha }: MatteSample, factor: number): Float32Array {
  const { widthPx, heightPx } = picture;
  const [w, h] = [Math.round(widthPx / factor), Math.round(heightPx / factor)];
  const matte = stretch({ widthPx, heightPx, data: alpha }, w, h, "area");
  const blurred = matte.data.slice();
  boxBlur(blurred, w, h, 1);
  return enlarge(
    { widthPx: w, heightPx: h, data: matte.data.map((v, i) => 0.5 * (v + blurred[i]!)) },
    picture,
  );
}

const rows: Row[] = [];
const names = await cutOutNames(Number(values.cutouts), 250);
for (const softenPx of [0, 2, 4]) {
  const samples = await Promise.all(names.map((name) => composed(name, { softenPx })));
  for (const factor of [1, 2, 4]) {
    const label = `${softenPx === 0 ? "sharp edges" : `softened by ${softenPx} px`}, ${factor === 1 ? "true alpha" : `alpha from 1/${factor}`}`;
    const sums = new Map(Object.keys(METHODS).map((name) => [name, [0, 0] as [number, number]]));
    for (const sample of samples) {
      const given = factor === 1 ? sample.alpha : shrunkAndEnlarged(sample, factor);
      const truth = spread(sample);
      for (const [name, method] of Object.entries(METHODS)) {
        const [colour, laid] = errors(method(sample.picture, given), given, truth, sample);
        const sum = sums.get(name)!;
        sum[0] += colour / samples.length;
        sum[1] += laid / samples.length;
      }
    }
    console.log(`\n${label}: colour, laid`);
    for (const [name, [colour, laid]] of sums)
      console.log(`${name.padEnd(20)} ${colour.toFixed(2).padStart(6)} ${laid.toFixed(2).padStart(6)}`);
    rows.push(
      row(
        `${label}: colour`,
        sums.get("ours")![0],
        sums.get("blur fusion")![0],
        "of 255, against blur fusion",
      ),
    );
    rows.push(
      row(`${label}: laid`, sums.get("ours")![1], sums.get("blur fusion")![1], "of 255, against blur fusion"),
    );
  }
}

const large = await composed((await cutOutNames(1, 500))[0]!, { size: [4000, 3000] });
const estimators = { ours, blurFusion, multiLevel: multiLevel() };
const times = await interleave(
  Object.fromEntries(
    Object.entries(estimators).map(([name, f]) => [name, () => f(large.picture, large.alpha)]),
  ),
  { rounds: 3, warmUps: 1 },
);
rows.push(row("12 megapixels, with weaving", times["ours"]!, times["blurFusion"]!, "ms against blur fusion"));
rows.push(
  row("12 megapixels, with weaving ", times["ours"]!, times["multiLevel"]!, "ms against multi-level"),
);
report(rows);
