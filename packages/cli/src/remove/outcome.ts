import type { Background, Remover } from "@mattelier/core/infer";
import { MattelierError } from "@mattelier/core/util";
import type { Source } from "../files/find-pictures.js";
import { isDone, withExtension, type PlannedPicture } from "../files/plan-outputs.js";
import type { Destination } from "./destination.js";
import type { RemoveFlags } from "./flags.js";
import { onePicture, type Done } from "./one-picture.js";

/** What happened to a picture. */
export type Outcome =
  | { readonly kind: "done"; readonly source: Source; readonly done: Done }
  | { readonly kind: "skipped"; readonly source: Source; readonly output: string }
  | { readonly kind: "failed"; readonly source: Source; readonly error: unknown }
  | { readonly kind: "dropped" };

/** A picture to work on; a fresh one has just appeared or changed, so whatever result is there is old. */
export type WorkItem = PlannedPicture & { readonly fresh?: boolean };

export interface Work {
  readonly remover: Remover;
  readonly destination: Destination;
  readonly flags: RemoveFlags;
  readonly background: Background | undefined;
  readonly signal: AbortSignal;
}

/** Work on one picture, or leave it when its result is there. Never throws: what goes wrong is the outcome. */
export async function outcomeOf(item: WorkItem, work: Work): Promise<Outcome> {
  const { remover, destination, flags, background, signal } = work;
  const { kind, format } = destination;
  const { source } = item;
  if (signal.aborted) return { kind: "dropped" };
  try {
    // In a folder what is there is kept; a file named outright is made anew, as cp would.
    if (kind === "folder" && !flags.force && item.fresh !== true) {
      const output = await existing(item, format === undefined);
      if (output !== undefined) return { kind: "skipped", source, output };
    }
    const { mask, invert, crop, threshold, feather, foreground, quality, maxMegapixels } = flags;
    const done = await onePicture(remover, item, {
      format,
      quality,
      remove: {
        output: mask ? "mask" : "cutout",
        background,
        invert,
        crop,
        threshold,
        featherPx: feather,
        foreground,
        signal,
        ...(maxMegapixels === undefined ? {} : { maxPixels: maxMegapixels * 1e6 }),
      },
    });
    return { kind: "done", source, done };
  } catch (error) {
    if (error instanceof MattelierError && error.code === "aborted") return { kind: "dropped" };
    return { kind: "failed", source, error };
  }
}

/** The result that is there already: under its own ending, or as the WebP that an animation becomes. */
async function existing(picture: PlannedPicture, mayBeAnimated: boolean): Promise<string | undefined> {
  if (await isDone(picture)) return picture.output;
  const output = withExtension(picture.output, ".webp");
  return mayBeAnimated && (await isDone({ ...picture, output })) ? output : undefined;
}
