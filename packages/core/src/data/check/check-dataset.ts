import { MattelierError, messageOf } from "../../util/index.js";
import { readMask, readSample } from "../read-sample.js";
import type { Dataset, Sample } from "../sample.js";
import { FINDINGS, type Finding, type FindingKind } from "./findings.js";
import { fingerprintFile, type Fingerprint } from "./fingerprint.js";
import { judgeMatte, matteFacts } from "./matte-facts.js";
import { fingerprinted, leaksBetween } from "./leakage.js";
import { nearDuplicates } from "./near-duplicates.js";

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Another set, which should share no picture with this one: what is trained on, or what is measured on. */
  readonly against?: Dataset | undefined;
  /** After each sample, the other set's too. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CheckReport {
  readonly said: string;
  /** How the other set was understood, where there is one. */
  readonly againstSaid?: string;
  readonly samples: number;
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<FindingKind, number>>;
  readonly errors: number;
  readonly warnings: number;
}

/** Samples read at once: decoding runs in the codec's threads. */
const AT_ONCE = 4;

/**
 * Read every file of a set and tell what is wrong with it: pairs without partner, files that cannot be read, masks of
 * another size, masks that are empty, full, faint or look inverted, and pictures that look the same, in it or between it
 * and another set.
 * @throws MattelierError `aborted`
 */
export async function checkDataset(dataset: Dataset, options: CheckOptions = {}): Promise<CheckReport> {
  const { samples, unpaired } = dataset;
  const { against, signal } = options;
  const findings: Finding[] = [
    ...unpaired.images.map((name): Finding => ({ kind: "missing-mask", name, detail: "" })),
    ...unpaired.masks.map((name): Finding => ({ kind: "missing-image", name, detail: "" })),
  ];
  const prints: (Fingerprint | undefined)[] = samples.map(() => undefined);
  const perSample: Finding[][] = samples.map(() => []);
  const total = samples.length + (against?.samples.length ?? 0);
  let [next, done] = [0, 0];
  const step = (): void => {
    options.onProgress?.(++done, total);
  };
  const lane = async (): Promise<void> => {
    for (let i = next++; i < samples.length; i = next++) {
      const { print, found } = await checkSample(samples[i]!, signal);
      prints[i] = print;
      perSample[i] = found;
      step();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  findings.push(...perSample.flat());
  for (const { a, b, correlation } of nearDuplicates(prints))
    findings.push({
      kind: "near-duplicate",
      name: samples[b]!.name,
      detail: `looks like ${samples[a]!.name} (${correlation.toFixed(3)})`,
    });
  if (against !== undefined) {
    const others = await fingerprinted(against.samples, { signal, onEach: step });
    for (const { train, held, correlation } of leaksBetween({ samples, prints }, others))
      findings.push({
        kind: "leak",
        name: train,
        detail: `looks like ${held} of ${against.path} (${correlation.toFixed(3)})`,
      });
  }
  return summed(dataset, against, findings);
}

async function checkSample(
  sample: Sample,
  signal: AbortSignal | undefined,
): Promise<{ readonly print: Fingerprint | undefined; readonly found: Finding[] }> {
  const { name } = sample;
  const found: Finding[] = [];
  let print: Fingerprint | undefined;
  try {
    const picture = await fingerprintFile(sample.imagePath, signal);
    print = picture.fingerprint;
    const matte = await matteOf(sample, signal);
    if (matte !== undefined) {
      const { widthPx, heightPx, alphaU8 } = matte;
      if (widthPx !== picture.widthPx || heightPx !== picture.heightPx) {
        const detail = `photo ${picture.widthPx}x${picture.heightPx}, mask ${widthPx}x${heightPx}`;
        found.push({ kind: "size-mismatch", name, detail });
      }
      const verdict = judgeMatte(matteFacts(alphaU8, widthPx, heightPx));
      // A cut-out is cropped to its subject: that may well fill it.
      if (verdict !== undefined && (sample.kind === "pair" || verdict.kind !== "inverted-mask"))
        found.push({ ...verdict, name });
    }
  } catch (error) {
    if (!(error instanceof MattelierError) || error.code === "aborted" || error.code === "internal")
      throw error;
    found.push({ kind: "unreadable", name, detail: messageOf(error) });
  }
  return { print, found };
}

async function matteOf(
  sample: Sample,
  signal: AbortSignal | undefined,
): Promise<
  { readonly widthPx: number; readonly heightPx: number; readonly alphaU8: Uint8Array } | undefined
> {
  if (sample.kind === "unlabelled") return undefined;
  if (sample.maskPath !== undefined) {
    const values = sample.kind === "pair" ? sample.maskValues : "matte";
    return readMask(sample.maskPath, { values, signal });
  }
  const { widthPx, heightPx, alphaU8 } = await readSample(sample, { signal });
  return alphaU8 && { widthPx, heightPx, alphaU8 };
}

function summed(
  { said, samples }: Dataset,
  against: Dataset | undefined,
  findings: readonly Finding[],
): CheckReport {
  const counts = Object.fromEntries(Object.keys(FINDINGS).map((kind) => [kind, 0])) as Record<
    FindingKind,
    number
  >;
  for (const { kind } of findings) counts[kind]++;
  const ofSeverity = (severity: "error" | "warning"): number =>
    findings.filter(({ kind }) => FINDINGS[kind].severity === severity).length;
  return {
    said,
    ...(against === undefined ? {} : { againstSaid: against.said }),
    samples: samples.length,
    findings,
    counts,
    errors: ofSeverity("error"),
    warnings: ofSeverity("warning"),
  };
}
