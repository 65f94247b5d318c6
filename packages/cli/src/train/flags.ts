/** Flags of `mattelier train`, as the command line gives them. */
export interface TrainFlags {
  readonly config?: string;
  readonly model?: string;
  readonly out?: string;
  readonly data?: readonly string[];
  readonly trainSplit?: string;
  readonly valSplit?: string;
  readonly val?: string;
  readonly unlabelled?: readonly string[];
  readonly backgrounds?: readonly string[];
  readonly augment?: string;
  readonly size?: string;
  readonly valSize?: string;
  readonly batch?: string;
  readonly accumulate?: string;
  readonly epochs?: string;
  readonly steps?: string;
  readonly timeBudget?: string;
  readonly loss?: string;
  readonly optimiser?: string;
  readonly lr?: string;
  readonly weightDecay?: string;
  readonly schedule?: string;
  readonly warmUp?: string;
  readonly lrGroup?: readonly string[];
  readonly freeze?: readonly string[];
  readonly frozenNorm?: boolean;
  readonly clipNorm?: string;
  readonly ema?: string;
  readonly init?: string;
  readonly backbone?: string;
  readonly partial?: boolean;
  readonly monitor?: string;
  readonly earlyStopping?: string | true;
  readonly reduceOnPlateau?: string | true;
  readonly callback?: readonly string[];
  readonly semi?: string;
  readonly seed?: string;
  readonly workers?: string;
  readonly threads?: string;
  readonly replicas?: string;
  readonly provider?: string;
  readonly autotune?: boolean;
  readonly resume?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly keys?: boolean;
}

/** The flags that were given, as they are written: `--early-stopping`. */
export const givenFlags = (flags: TrainFlags): string[] =>
  Object.entries(flags)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
