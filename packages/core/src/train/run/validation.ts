import type { LoadedBatch, Loader } from "../../data/index.js";
import { countPixels, dice, iou, meanAbsoluteError, meanSquaredError } from "../../metrics/index.js";
import { MattelierError } from "../../util/index.js";
import { matteBytes } from "./matte-bytes.js";

const MEASURED = ["val_loss", "val_iou", "val_dice", "val_mae", "val_mse"] as const;

/** What an epoch is reported with, and what can be watched: of training, and of validation. */
export const METRICS = ["loss", ...MEASURED, "lr"] as const;

/** Loss (a mean over the batch's pictures) and mattes of a batch, [count,1,H,W]. */
export type EvaluateBatch = (
  batch: LoadedBatch,
) => Promise<{ readonly loss: number; readonly matte: Float32Array }>;

/** A validation picture and what the network made of it. */
export interface Example {
  readonly name: string;
  /** As the network saw it: normalised, [3,H,W]. */
  readonly image: Float32Array;
  readonly target: Uint8Array;
  readonly matte: Uint8Array;
}

export interface Validation {
  /** `val_loss`, and the means over pictures `val_iou`, `val_dice`, `val_mae`, `val_mse`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly examples: readonly Example[];
}

/**
 * Go through a validation set once. An abort leaves it off between two batches.
 *
 * Overlaps are taken at threshold 0.5, at the size that is validated at (`valSize`), and averaged over pictures.
 * @param options `keep`: pictures to give as examples, the first ones; `pixels` of each
 * @returns undefined when it was left off
 * @throws MattelierError `invalid-data` where none of its pictures could be used
 */
export async function validate(
  loader: Loader,
  run: EvaluateBatch,
  {
    keep,
    pixels,
    signal,
  }: { readonly keep: number; readonly pixels: number; readonly signal?: AbortSignal | undefined },
): Promise<Validation | undefined> {
  const sums: Record<(typeof MEASURED)[number], number> = {
    val_loss: 0,
    val_iou: 0,
    val_dice: 0,
    val_mae: 0,
    val_mse: 0,
  };
  const examples: Example[] = [];
  let count = 0;
  for (let batch = await loader.next(); batch !== undefined; batch = await loader.next()) {
    if (signal?.aborted === true) return undefined;
    const { loss, matte } = await run(batch);
    sums.val_loss += loss * batch.count;
    for (let i = 0; i < batch.count; i++) {
      const predicted = matteBytes(matte.subarray(i * pixels, (i + 1) * pixels));
      const target = matteBytes(batch.mattes.subarray(i * pixels, (i + 1) * pixels));
      const counts = countPixels(predicted, target);
      sums.val_iou += iou(counts);
      sums.val_dice += dice(counts);
      sums.val_mae += meanAbsoluteError(predicted, target);
      sums.val_mse += meanSquaredError(predicted, target);
      if (examples.length < keep) {
        const image = batch.images.slice(i * 3 * pixels, (i + 1) * 3 * pixels);
        examples.push({ name: batch.names[i]!, image, target, matte: predicted });
      }
    }
    count += batch.count;
  }
  if (count === 0)
    throw new MattelierError({
      code: "invalid-data",
      where: "validation",
      expected: "at least one picture that can be used",
      got: `none, the last because ${loader.broken.at(-1)?.reason ?? "there are none"}`,
      fix: "`mattelier dataset check` lists the files that are broken",
    });
  const metrics = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
  return { metrics, examples };
}
