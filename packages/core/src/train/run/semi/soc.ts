import type { SamplePool } from "../../../data/index.js";
import type { BatchFeeds } from "../feeds.js";
import type { Semi } from "./semi.js";

/**
 * MODNet's adaptation by sub-objectives consistency (Ke 2022, arXiv:2011.11961, §3.4): the network learns on photos
 * alone that its heads agree, held on boundaries by a copy of itself. The copy is what the moving average is put to use
 * for: it stands still in an epoch and takes the weights over with its last step.
 *
 * @param trainingPool photos, whose masks, if they have any, are not looked at
 */
export const soc = (trainingPool: SamplePool, feeds: BatchFeeds): Semi => ({
  trainingPool,
  feeds: (batch) => Promise.resolve({ image: feeds.input(batch) }),
  emaDecay: ({ isLastOfEpoch }) => (isLastOfEpoch ? 0 : 1),
  position: undefined,
  dispose: () => Promise.resolve(),
});
