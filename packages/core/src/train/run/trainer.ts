import type { Loader } from "../../data/index.js";
import { type LoadedBatch } from "../../data/index.js";
import { replaceFile } from "../../files/index.js";
import { bestEpoch, type CallbackList, type EpochReport, type StepControls } from "../callbacks/index.js";
import { runReport } from "../report/run-report.js";
import { MattelierError, messageOf } from "../../util/index.js";
import type { TrainStep } from "../step.js";
import { openEventWriter, type EventWriter } from "../tensorboard/event-writer.js";
import type { BrokenFiles } from "./broken-files.js";
import { BEST, saveCheckpoint, saveWeights } from "./record/checkpoints.js";
import { RunClock } from "./clock.js";
import { VALIDATE, VALIDATE_ONE } from "./define-run.js";
import type { OnTrainEvent, RunResult } from "./events.js";
import { BatchFeeds } from "./feeds.js";
import { requireFinite } from "./record/finite-weights.js";
import { Pace } from "./pace.js";
import type { ResolvedConfig } from "./config/resolve-config.js";
import type { RunData } from "./run-data.js";
import type { RunFolder } from "./record/run-folder.js";
import { epochsMeasured, type RunState } from "./record/run-state.js";
import { sampleSheet } from "./record/sample-sheet.js";
import type { Semi } from "./semi/semi.js";
import { validate, type Validation } from "./validation.js";

/** What a trainer works with. */
export interface TrainerParts {
  readonly config: ResolvedConfig;
  readonly folder: RunFolder;
  readonly data: RunData;
  readonly step: TrainStep;
  readonly semi: Semi;
  readonly callbacks: CallbackList;
  readonly broken: BrokenFiles;
  readonly state: RunState;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: OnTrainEvent;
}

/** Drives a run from where its state says, to its end or to an interruption. */
export class Trainer {
  readonly #parts: TrainerParts;
  readonly #validationFeeds: BatchFeeds;
  readonly #clock: RunClock;
  readonly #pace: Pace;
  readonly #events: EventWriter;
  readonly #state: RunState;
  readonly #reports: EpochReport[] = [];
  #loader: Loader;
  #savedAt: number;

  constructor(parts: TrainerParts) {
    this.#parts = parts;
    const { config, data, folder, semi, state } = parts;
    this.#validationFeeds = new BatchFeeds(config, config.valSizePx);
    this.#clock = new RunClock(state.elapsedMs);
    this.#events = openEventWriter(folder.file("tensorboard"), { firstStep: state.step + 1 });
    this.#state = state;
    this.#pace = new Pace(config, state, this.#clock);
    this.#loader = data.openTraining(semi.trainingPool, state.position);
    this.#savedAt = this.#clock.elapsedMs;
  }

  async run(): Promise<RunResult> {
    const { callbacks } = this.#parts;
    const state = this.#state;
    try {
      await this.#goBackToState();
      await callbacks.restore(state.callbacks);
      while (state.ended === undefined) {
        const isBetweenEpochs = state.lossCount === 0;
        if (isBetweenEpochs) state.ended = this.#pace.ending();
        if (state.ended !== undefined) break;
        const goesOn = (!isBetweenEpochs || (await this.#newRound())) && (await this.#epoch());
        if (!goesOn) {
          await this.#save();
          await this.#writeReport();
          return this.#result("interrupted", true);
        }
      }
      this.#sayMissedRounds();
      await callbacks.runEnd(this.#reports.at(-1));
      await this.#save();
      await this.#writeReport();
      return this.#result(state.ended, false);
    } finally {
      await this.#loader.dispose();
    }
  }

  /** What is left of an epoch, which may be its measuring alone. @returns false when it was interrupted */
  async #epoch(): Promise<boolean> {
    const { config, signal } = this.#parts;
    const state = this.#state;
    const epoch = epochsMeasured(state);
    this.#clock.beginEpoch();
    while (state.position.epoch === epoch && this.#pace.ending() === undefined) {
      if (signal?.aborted === true) return false;
      await this.#step();
      const isDue = this.#clock.elapsedMs - this.#savedAt > config.checkpointEveryMs;
      if (isDue && state.position.epoch === epoch) await this.#save();
    }
    // The time budget may end between two epochs.
    return state.lossCount === 0 || this.#endEpoch(epoch + 1);
  }

  async #step(): Promise<void> {
    const { broken, config, step, semi, callbacks, onEvent } = this.#parts;
    const state = this.#state;
    const { epoch } = state.position;
    const batches: LoadedBatch[] = [];
    while (batches.length < config.accumulate && this.#loader.position.epoch === epoch)
      batches.push((await this.#loader.next())!);
    broken.note(this.#loader);
    const perEpoch = this.#loader.batchesPerEpoch;
    const { factor, momentum } = this.#pace.rate(perEpoch);
    const lr = config.spec.lr * factor * state.lrFactor;
    const feeds = [];
    for (const batch of batches) feeds.push(await semi.feeds(batch, this.#pace.epochsDone(perEpoch)));
    const { loss } = await step.step(feeds, {
      lr,
      momentum,
      emaDecay: semi.emaDecay({
        epochsDone: this.#pace.epochsDone(perEpoch),
        isLastOfEpoch: this.#loader.position.epoch !== epoch,
      }),
    });
    state.position = this.#loader.position;
    state.unlabelled = semi.position;
    state.step += 1;
    state.lr = lr;
    state.lossSum += loss;
    state.lossCount += 1;
    this.#clock.countImages(batches.length * config.batch);
    const done = state.position.epoch === epoch ? state.position.index : perEpoch;
    const line = { step: state.step, epoch: epoch + 1, loss, lr };
    this.#parts.folder.steps.add(line);
    this.#events.scalars(state.step, { "train/loss": loss, "train/lr": lr });
    await callbacks.stepEnd(line, this.#controls);
    onEvent({
      kind: "step",
      ...line,
      done,
      of: perEpoch,
      imagesPerSecond: this.#clock.imagesPerSecond,
      leftMs: this.#pace.leftMs(perEpoch),
    });
  }

  /** Measure, tell and save. @returns false when it was interrupted, to be done again */
  async #endEpoch(epoch: number): Promise<boolean> {
    const { broken, config, folder, callbacks, onEvent } = this.#parts;
    const state = this.#state;
    onEvent({ kind: "validate", epoch });
    const validation = await this.#validate();
    if (validation === undefined) return false;
    broken.count();
    const { metrics: measured, examples } = validation;
    const metrics = { loss: state.lossSum / state.lossCount, ...measured, lr: state.lr };
    const report: EpochReport = { epoch, step: state.step, metrics };
    this.#reports.push(report);
    state.position = { epoch, index: 0 };
    state.lossSum = 0;
    state.lossCount = 0;
    const { imagesPerSecond, epochSeconds: seconds } = this.#clock;
    const kept = { asBest: false };
    await callbacks.epochEnd(report, {
      ...this.#controls,
      keepAsBest: () => {
        kept.asBest = true;
      },
    });
    if (kept.asBest) await this.#saveBest(report);
    folder.metrics.add({ epoch, step: state.step, metrics });
    const memoryMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
    folder.timings.add({ epoch, step: state.step, seconds, imagesPerSecond, memoryMb });
    this.#events.scalars(
      state.step,
      withPrefix("epoch/", { ...metrics, "images per second": imagesPerSecond }),
    );
    if (examples.length > 0) {
      const sheet = await sampleSheet(examples, {
        sizePx: config.valSizePx,
        normalise: config.definition.input,
      });
      await replaceFile(folder.file(folder.samplesOf(epoch)), sheet.png);
      this.#events.image(state.step, "samples", sheet);
    }
    state.ended = this.#pace.ending();
    if (state.ended === undefined) await this.#save();
    await this.#writeReport();
    onEvent({ kind: "epoch", ...report, isBest: kept.asBest, imagesPerSecond });
    return true;
  }

  async #validate(): Promise<Validation | undefined> {
    const { broken, config, data, signal, step } = this.#parts;
    const loader = data.openValidation();
    const pixels = config.valSizePx ** 2;
    const lossOf = (outputs: Record<string, { data: unknown }>): number =>
      (outputs["loss"]!.data as Float32Array)[0]!;
    try {
      return await validate(
        loader,
        async (batch) => {
          if (batch.count === config.batch) {
            const outputs = await step.evaluate(VALIDATE, this.#validationFeeds.labelled(batch), {
              average: this.#keepsAverage,
            });
            return { loss: lossOf(outputs), matte: outputs["matte"]!.data as Float32Array };
          }
          const matte = new Float32Array(batch.count * pixels);
          let loss = 0;
          for (let i = 0; i < batch.count; i++) {
            const outputs = await step.evaluate(VALIDATE_ONE, this.#validationFeeds.labelledOne(batch, i), {
              average: this.#keepsAverage,
            });
            loss += lossOf(outputs) / batch.count;
            matte.set(outputs["matte"]!.data as Float32Array, i * pixels);
          }
          return { loss, matte };
        },
        { keep: config.samples, pixels, signal },
      );
    } finally {
      broken.note(loader);
      await loader.dispose();
    }
  }

  /** Make pseudo-labels where a round of them is due. @returns false when it was interrupted, to be done again */
  async #newRound(): Promise<boolean> {
    const { semi, data, onEvent, signal, step } = this.#parts;
    const state = this.#state;
    const share = this.#pace.share(this.#loader.batchesPerEpoch);
    if (semi.rounds?.isDue(state, share) !== true) return true;
    const round = state.rounds + 1;
    const isMade = await semi.rounds.make(state.rounds, step, {
      signal,
      onProgress: (progress) => {
        onEvent({ kind: "pseudo-label", round, ...progress });
      },
    });
    if (!isMade) return false;
    state.rounds = round;
    state.lastRound = { epoch: state.position.epoch, share };
    await this.#loader.dispose();
    this.#loader = data.openTraining(semi.trainingPool, state.position);
    await this.#save();
    return true;
  }

  #sayMissedRounds(): void {
    const { onEvent, semi } = this.#parts;
    const planned = semi.rounds?.planned ?? 0;
    if (this.#state.rounds < planned)
      onEvent({
        kind: "say",
        line: `only ${this.#state.rounds} of ${planned} rounds of pseudo-labels were made: the run ended before the next`,
      });
  }

  async #saveBest(report: EpochReport): Promise<void> {
    const { config, folder, step } = this.#parts;
    const metadata = {
      model: config.model,
      epoch: String(report.epoch),
      metrics: JSON.stringify(report.metrics),
    };
    const weights = await step.modelState({ average: this.#keepsAverage });
    requireFinite(weights, this.#state);
    await saveWeights(`${folder.checkpoints}/${BEST}`, weights, metadata);
    this.#state.best = report.epoch;
  }

  async #save(): Promise<void> {
    const { folder, step, callbacks } = this.#parts;
    const state = this.#state;
    state.elapsedMs = this.#clock.elapsedMs;
    state.callbacks = await callbacks.states();
    const [model, optimiser] = [await step.modelState(), await step.optimiserState()];
    requireFinite(model, state);
    await saveCheckpoint(folder.checkpoints, { model, optimiser, state });
    this.#savedAt = this.#clock.elapsedMs;
  }

  /** Forget what the journals hold beyond the checkpoint, and read back what came before. */
  async #goBackToState(): Promise<void> {
    const { config, folder } = this.#parts;
    const { step } = this.#state;
    const measured = epochsMeasured(this.#state);
    await folder.steps.keep((line) => line.step <= step);
    await folder.metrics.keep((line) => line.epoch <= measured);
    await folder.timings.keep((line) => line.epoch <= measured);
    this.#reports.push(...(await folder.metrics.lines()));
    // Checkpoints of earlier versions do not say it.
    this.#state.best ??= bestEpoch(this.#reports, config.modelCheckpoint);
  }

  async #writeReport(): Promise<void> {
    const { config, folder } = this.#parts;
    const epoch = this.#reports.at(-1)?.epoch;
    const page = runReport({
      title: `${config.model}: ${folder.name}`,
      config: folder.config,
      epochs: await folder.metrics.lines(),
      steps: await folder.steps.lines(),
      timings: await folder.timings.lines(),
      metric: config.modelCheckpoint.monitor,
      best: this.#state.best,
      ended: this.#state.ended,
      samples: config.samples > 0 && epoch !== undefined ? folder.samplesOf(epoch) : undefined,
    });
    await replaceFile(folder.file("report.html"), page);
  }

  /** Whether the moving average of the weights is what is validated and kept. */
  get #keepsAverage(): boolean {
    const { ema, semi } = this.#parts.config;
    return ema !== undefined || semi?.method === "mean-teacher";
  }

  get #controls(): StepControls {
    return {
      // Callbacks may be plain JavaScript: a reason is not always given, nor always text.
      stop: (reason?: unknown) => {
        this.#state.stop ??= messageOf(reason ?? "a callback");
      },
      scaleLearningRate: (factor) => {
        const scaled = this.#state.lrFactor * factor;
        if (!(scaled > 0 && scaled < Infinity)) throw badFactor(factor);
        this.#state.lrFactor = scaled;
      },
      say: (line) => {
        this.#parts.onEvent({ kind: "say", line });
      },
    };
  }

  #result(ended: string, isInterrupted: boolean): RunResult {
    const best = this.#reports.find(({ epoch }) => epoch === this.#state.best);
    return { folder: this.#parts.folder.path, ended, isInterrupted, epochs: this.#reports, best };
  }
}

const withPrefix = (prefix: string, values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));

const badFactor = (factor: number): MattelierError =>
  new MattelierError({
    code: "invalid-argument",
    where: "scaleLearningRate of a callback",
    expected: "a factor above 0 that leaves a learning rate above 0",
    got: String(factor),
    fix: "end the run by stop(reason), if that is what is wanted",
  });
