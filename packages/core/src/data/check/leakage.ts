import { MattelierError } from "../../util/index.js";
import type { Sample } from "../sample.js";
import { fingerprintFile, type Fingerprint } from "./fingerprint.js";
import { nearDuplicates } from "./near-duplicates.js";

/** A picture of one part that looks like one of the other. */
export interface Leak {
  readonly train: string;
  readonly held: string;
  readonly correlation: number;
}

/** Samples with their fingerprints; undefined where a file cannot be read. */
export interface Fingerprinted {
  readonly samples: readonly Sample[];
  readonly prints: readonly (Fingerprint | undefined)[];
}

/**
 * Pictures held out for validation or test that look like ones to train on: what is measured on them is too good.
 * Files that cannot be read are passed over; `checkDataset` names them.
 * @throws MattelierError `aborted`
 */
export async function findLeaks(
  train: readonly Sample[],
  held: readonly Sample[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Leak[]> {
  return leaksBetween(await fingerprinted(train, { signal }), await fingerprinted(held, { signal }));
}

/** @throws MattelierError `aborted` */
export async function fingerprinted(
  samples: readonly Sample[],
  options: { readonly signal?: AbortSignal | undefined; readonly onEach?: () => void },
): Promise<Fingerprinted> {
  const prints: (Fingerprint | undefined)[] = samples.map(() => undefined);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < samples.length; i = next++) {
      prints[i] = await fingerprintIfReadable(samples[i]!.imagePath, options.signal);
      options.onEach?.();
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return { samples, prints };
}

async function fingerprintIfReadable(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Fingerprint | undefined> {
  try {
    return (await fingerprintFile(path, signal)).fingerprint;
  } catch (error) {
    if (error instanceof MattelierError && error.code !== "aborted" && error.code !== "internal")
      return undefined;
    throw error;
  }
}

/** Near-duplicates of which one is in each part. */
export function leaksBetween(train: Fingerprinted, held: Fingerprinted): Leak[] {
  const first = train.prints.length;
  return nearDuplicates([...train.prints, ...held.prints])
    .filter(({ a, b }) => a < first && b >= first)
    .map(({ a, b, correlation }) => ({
      train: train.samples[a]!.name,
      held: held.samples[b - first]!.name,
      correlation,
    }));
}
