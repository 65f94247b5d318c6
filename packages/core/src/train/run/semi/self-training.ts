import { join } from "node:path";
import type { SamplePool } from "../../../data/index.js";
import {
  leastCertainty,
  readPseudoLabels,
  writePseudoLabels,
  type Judgement,
  type LabellingParts,
  type SelfTrainingConfig,
} from "./pseudo-labels.js";
import type { RunState } from "../record/run-state.js";
import type { Semi } from "./semi.js";

export interface SelfTrainingParts extends LabellingParts {
  readonly labelled: SamplePool;
  /** Where masks of pseudo-labelled photos go, a folder for each round. */
  readonly folder: string;
  /** Rounds made before, by an earlier sitting. */
  readonly roundsMade: number;
  readonly say: (line: string) => void;
}

/**
 * Self-training (Lee 2013, Pseudo-Label; Xie 2020, arXiv:1911.04252): the network labels photos without masks; those
 * labels that it is sure of, and that it gives the mirrored photo too, join the training set; and again, with what it
 * has become.
 */
export async function selfTraining(parts: SelfTrainingParts): Promise<Semi> {
  const { settings, labelled, folder, say } = parts;
  const roundFolder = (round: number): string => join(folder, `round-${round + 1}`);
  let pool = labelled;
  const take = async (round: number): Promise<number> => {
    const found = await readPseudoLabels(roundFolder(round), parts.samples);
    pool =
      found.length === 0
        ? labelled
        : {
            samples: [...labelled.samples, ...found],
            parts: [...labelled.parts, { count: found.length, weight: settings.weight }],
            backgrounds: labelled.backgrounds,
          };
    return found.length;
  };
  if (parts.roundsMade > 0) await take(parts.roundsMade - 1);

  return {
    get trainingPool() {
      return pool;
    },
    rounds: {
      planned: settings.rounds,
      isDue: (state, share) => roundIsDue(settings, state, share),
      async make(round, step, watch) {
        const judged = await writePseudoLabels(parts, roundFolder(round), step, watch);
        if (judged === undefined) return false;
        const kept = await take(round);
        say(`round ${round + 1} of pseudo-labels: ${outcome(kept, judged, settings)}`);
        return true;
      },
    },
    feeds: (batch) => Promise.resolve(parts.feeds.labelled(batch)),
    emaDecay: () => undefined,
    position: undefined,
    dispose: () => Promise.resolve(),
  };
}

/**
 * The first round comes after `warmEpochs`; each other, an epoch later at least, when the last has had its equal part of
 * what was left of the run, whatever ends it.
 * @param share of the run that is over
 */
export function roundIsDue(
  { rounds, warmEpochs }: Pick<SelfTrainingConfig, "rounds" | "warmEpochs">,
  { rounds: made, lastRound, position }: Pick<RunState, "rounds" | "lastRound" | "position">,
  share: number,
): boolean {
  if (made >= rounds) return false;
  if (made === 0) return position.epoch >= warmEpochs;
  const last = lastRound ?? { epoch: warmEpochs, share: 0 };
  const part = (1 - last.share) / (rounds - made + 1);
  // Thirds do not add up to the last digit.
  return position.epoch > last.epoch && share >= last.share + part - 1e-9;
}

/** What a round has come to, and what to do where it has come to nothing. */
function outcome(kept: number, judged: readonly Judgement[], settings: SelfTrainingConfig): string {
  const least = leastCertainty(judged, settings);
  const certainties = judged.map(({ certainty }) => certainty).sort((a, b) => a - b);
  const middle = certainties[certainties.length >> 1] ?? 0;
  const unsure = certainties.filter((one) => one < least).length;
  return [
    `kept ${kept} of ${certainties.length} photos`,
    `${unsure} are less certain than ${Number(least.toFixed(4))} (half of all than ${middle.toFixed(2)})`,
    `${certainties.length - unsure - kept} mirrored agree less than ${settings.agreement}`,
    ...(kept === 0 ? ["labels alone are trained on: train longer first (warmEpochs), or ask for less"] : []),
  ].join("; ");
}
