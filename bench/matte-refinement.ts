/**
 * Which way of bringing a network's matte to the picture's size comes nearest to the truth, and what it costs.
 * Truths: masks that people drew (ccp-person, ecssd) and cut-outs with real alpha laid on landscapes. The network is
 * played by shrinking the truth ("ideal"), or by shrinking, bending, blurring and roughening it ("like a network").
 * Errors are means near the edge, in thousandths. `npm run bench -- matte-refinement [--photos 12] [--json]`.
 */
import { parseArgs } from "node:util";
import { createRng } from "@mattelier/core/util";
import { boxBlur } from "../packages/core/src/infer/box-blur.js";
import type { Plane } from "../packages/core/src/infer/plane.js";
import { stretch } from "../packages/core/src/infer/resample.js";
import { bicubic, enlarged, jointBilateral, ours, plainGuided, type Enlarge } from "./candidates/enlarge.js";
import {
  composed,
  cutOutNames,
  haveData,
  namesOf,
  photo,
  type MatteSample,
} from "./candidates/matte-samples.js";
import { interleave, report, row, type Row } from "./lib/harness.js";

const { values } = parseArgs({
  options: { photos: { type: "string", default: "12" }, json: { type: "boolean" } },
});
const photos = Number(values.photos);
const METHODS: Readonly<Record<string, Enlarge>> = {
  bicubic,
  "guided, plain": plainGuided,
  "joint bilateral": jointBilateral,
  ours,
};
const FACTORS = [1.25, 2, 4, 8];

if (!haveData()) {
  console.log("skipped: ../shared/data is not there");
  process.exit(0);
}

/** Shrink the truth as a network of that size would see it. */
function simulate({ picture, alpha, name }: MatteSample, factor: number, rough: boolean): Plane {
  const { widthPx, heightPx } = picture;
  const w = Math.round(widthPx / factor);
  const h = Math.round(heightPx / factor);
  const small = stretch({ widthPx, heightPx, data: alpha }, w, h, "area");
  if (!rough) return small;
  const rng = createRng(7).fork(`${name} ${factor}`);
  const bend = (): Float32Array => {
    const coarse = { widthPx: Math.max(2, w >> 3), heightPx: Math.max(2, h >> 3) };
    const data = Float32Array.from({ length: coarse.widthPx * coarse.heightPx }, () => rng.normal() * 0.5);
    return stretch({ ...coarse, data }, w, h, "cubic").data;
  };
  const [dx, dy] = [bend(), bend()];
  const out = new Float32Array(w * h);
  for (let y = 0, i = 0; y < h; y++)
    for (let x = 0; x < w; x++, i++) {
      const u = Math.min(w - 1, Math.max(0, x + dx[i]!));
      const v = Math.min(h - 1, Math.max(0, y + dy[i]!));
      const [u0, v0] = [Math.min(w - 2, Math.floor(u)), Math.min(h - 2, Math.floor(v))];
      const at = v0 * w + u0;
      const top = small.data[at]! + (u - u0) * (small.data[at + 1]! - small.data[at]!);
      const bottom = small.data[at + w]! + (u - u0) * (small.data[at + w + 1]! - small.data[at + w]!);
      out[i] = top + (v - v0) * (bottom - top);
    }
  const blurred = out.slice();
  boxBlur(blurred, w, h, 1);
  for (let i = 0; i < out.length; i++) {
    const value = 0.5 * out[i]! + 0.5 * blurred[i]!;
    const noise = value > 0.001 && value < 0.999 ? 0.03 : 0.003;
    out[i] = Math.min(1, Math.max(0, value + noise * rng.normal()));
  }
  return { widthPx: w, heightPx: h, data: out };
}

/** Mean absolute error and mean squared error of the gradient near the true edge, in thousandths. */
function errors(
  result: Float32Array,
  { picture, alpha }: MatteSample,
  factor: number,
): [mae: number, gradient: number] {
  const { widthPx: w, heightPx: h } = picture;
  const near = alpha.slice();
  boxBlur(near, w, h, Math.ceil(Math.min(12, 3 * factor)));
  let [mae, gradient, count] = [0, 0, 0];
  for (let y = 0; y < h - 1; y++)
    for (let x = 0; x < w - 1; x++) {
      const i = y * w + x;
      if (near[i]! <= 0.001 || near[i]! >= 0.999) continue;
      const e = result[i]! - alpha[i]!;
      mae += Math.abs(e);
      gradient += (result[i + 1]! - alpha[i + 1]! - e) ** 2 + (result[i + w]! - alpha[i + w]! - e) ** 2;
      count++;
    }
  return [(1000 * mae) / count, (1000 * gradient) / count];
}

const samples: MatteSample[] = [];
for (const set of ["ccp-person", "ecssd"])
  for (const name of namesOf(set, photos)) samples.push(await photo(set, name));
for (const name of await cutOutNames(photos, 300)) samples.push(await composed(name));

const rows: Row[] = [];
for (const set of ["ccp-person", "ecssd", "composed"]) {
  for (const rough of [false, true]) {
    console.log(
      `\n${set}, ${rough ? "like a network" : "ideal"}: MAE and gradient error at ${FACTORS.join(", ")} times`,
    );
    const table = new Map<string, [number, number][]>();
    for (const factor of FACTORS) {
      const sums = new Map(Object.keys(METHODS).map((name) => [name, [0, 0] as [number, number]]));
      const chosen = samples.filter((sample) => sample.set === set);
      for (const sample of chosen) {
        const matte = simulate(sample, factor, rough);
        for (const [name, method] of Object.entries(METHODS)) {
          const [mae, gradient] = errors(method(matte, sample.picture), sample, factor);
          const sum = sums.get(name)!;
          sum[0] += mae / chosen.length;
          sum[1] += gradient / chosen.length;
        }
      }
      for (const [name, sum] of sums) table.set(name, [...(table.get(name) ?? []), sum]);
      const [mine, theirs] = [sums.get("ours")!, sums.get("bicubic")!];
      const label = `${set}, ${rough ? "like a network" : "ideal"}, ${factor}x`;
      rows.push(row(`${label}: MAE`, mine[0], theirs[0], "‰ against bicubic"));
      rows.push(row(`${label}: gradient`, mine[1], theirs[1], "‰ against bicubic"));
    }
    for (const [name, list] of table)
      console.log(
        name.padEnd(16),
        list.map(([m, g]) => `${m.toFixed(1).padStart(6)} ${g.toFixed(1).padStart(5)}`).join("   "),
      );
  }
}

const large = await composed((await cutOutNames(1, 500))[0]!, { size: [4000, 3000] });
const matte = stretch({ widthPx: 4000, heightPx: 3000, data: large.alpha }, 1024, 1024, "area");
const times = await interleave(
  { ours: () => enlarged(matte, large.picture), bicubic: () => bicubic(matte, large.picture) },
  { rounds: 5, warmUps: 2 },
);
rows.push(
  row("12 megapixels from 1024x1024", times.ours, times.bicubic, "ms against bicubic of every pixel"),
);
report(rows);
