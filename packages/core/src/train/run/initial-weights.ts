import { describeMatch } from "../../checkpoint/index.js";
import { loadBackbone, loadWeights, reestimateStatistics } from "../../models/weights/index.js";
import type { StateDict } from "../../nn/index.js";
import type { TensorData } from "../../util/index.js";
import { BatchFeeds } from "./feeds.js";
import type { ResolvedConfig } from "./config/resolve-config.js";
import type { RunData } from "./run-data.js";

/** Enough for means and variances of channels. */
const STATISTICS_PICTURES = 64;

/**
 * Weights of `init`; undefined for fresh ones. Normalisations that were folded away in the file get their statistics from
 * the first training pictures, as they will be seen: training then begins where the file's network stands.
 */
export async function initialWeights(
  config: ResolvedConfig,
  data: RunData,
  say: (line: string) => void,
): Promise<StateDict | undefined> {
  const {
    definition,
    init: { backbone, partial, weights },
    seed,
  } = config;
  const path = weights ?? backbone;
  if (path === undefined) return undefined;
  const loaded =
    weights === undefined
      ? await loadBackbone(definition, path, { partial, seed })
      : { ...(await loadWeights(definition, path, { partial, seed })), isLoaded: () => true };
  const { folded, isLoaded, notes, report, state } = loaded;
  for (const note of notes) say(`${path}: ${note}`);
  const faults = describeMatch(report);
  say(`beginning with ${path}${faults === "" ? "" : `: ${faults}`}`);
  if (folded === 0) return state;
  say(`statistics of batch normalisation re-estimated on ${STATISTICS_PICTURES} training pictures`);
  return reestimateStatistics(definition, state, firstPictures(config, data), { only: isLoaded });
}

/** As many of the first batches as come to so many pictures. */
async function* firstPictures(config: ResolvedConfig, data: RunData): AsyncIterable<TensorData> {
  const feeds = new BatchFeeds(config);
  const loader = data.openTraining(data.training, { epoch: 0, index: 0 });
  try {
    for (let seen = 0; seen < STATISTICS_PICTURES; seen += config.batch) {
      const { data: shared, shape } = feeds.input((await loader.next())!);
      yield { dtype: "float32", shape, data: Float32Array.from(shared as Float32Array) };
    }
  } finally {
    await loader.dispose();
  }
}
