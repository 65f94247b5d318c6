import type { Sample } from "../sample.js";
import { fingerprintFile, type Fingerprint } from "./fingerprint.js";
import { nearDuplicates } from "./near-duplicates.js";

/** A picture of one part that looks like one of the other. */
export interface Leak {
  readonly train: string;
  readonly held: string;
  readonly correlation: number;
}

/**
 * Pictures held out for validation or test that look like ones to train on: what is measured on them is too good.
 * Files that cannot be read are passed over; `checkDataset` names them.
 */
export async function findLeaks(
  train: readonly Sample[],
  held: readonly Sample[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Leak[]> {
  const all = [...train, ...held];
  const prints: (Fingerprint | undefined)[] = all.map(() => undefined);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < all.length; i = next++) {
      signal?.throwIfAborted();
      prints[i] = (await fingerprintFile(all[i]!.imagePath).catch(() => undefined))?.fingerprint;
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return nearDuplicates(prints)
    .filter(({ a, b }) => a < train.length && b >= train.length)
    .map(({ a, b, correlation }) => ({ train: all[a]!.name, held: all[b]!.name, correlation }));
}
