import type { Loader, SamplePool } from "../../../data/index.js";
import type { BrokenFiles } from "../broken-files.js";
import type { RunConfig } from "../config/config.js";
import { scalarFeed, type BatchFeeds } from "../feeds.js";
import type { Semi } from "./semi.js";

export type MeanTeacherConfig = Extract<NonNullable<RunConfig["semi"]>, { readonly method: "mean-teacher" }>;

export interface MeanTeacherParts {
  readonly trainingPool: SamplePool;
  /** Gives batches with a second, strongly augmented view. */
  readonly unlabelled: Loader;
  readonly feeds: BatchFeeds;
  readonly broken: BrokenFiles;
}

/**
 * Mean Teacher (Tarvainen 2017, arXiv:1703.01780): feeds two views of unlabelled photos, weakly and strongly augmented,
 * and the weight of their consistency, which rises over the first epochs as exp(-5(1 - t)²) (§3); the teacher's average
 * forgets faster until then.
 */
export function meanTeacher(
  config: MeanTeacherConfig,
  { trainingPool, unlabelled, feeds, broken }: MeanTeacherParts,
): Semi {
  const { weight, rampEpochs, earlyDecay, decay } = config;
  return {
    trainingPool,
    async feeds(batch, epochsDone) {
      const { images, strongImages, count } = (await unlabelled.next())!;
      broken.note(unlabelled);
      return {
        ...feeds.labelled(batch),
        weak: feeds.image(images, count),
        strong: feeds.image(strongImages!, count),
        weight: scalarFeed(weight * rampUp(epochsDone, rampEpochs)),
      };
    },
    emaDecay: ({ epochsDone }) => (epochsDone < rampEpochs ? earlyDecay : decay),
    get position() {
      return unlabelled.position;
    },
    dispose: () => unlabelled.dispose(),
  };
}

/** exp(-5(1 - t)²) with t from 0 to 1 over the ramp (Laine 2017, arXiv:1610.02242, §4). */
export function rampUp(epochsDone: number, rampEpochs: number): number {
  const t = rampEpochs === 0 ? 1 : Math.min(1, epochsDone / rampEpochs);
  return Math.exp(-5 * (1 - t) ** 2);
}
