import type { Remover } from "@mattelier/core/infer";
import { MattelierError, messageOf } from "@mattelier/core/util";
import { createProgress, shownTime, type Progress } from "../progress.js";
import { renderError } from "../render-error.js";
import type { Outcome } from "./outcome.js";

export interface ReportOptions {
  /** Pictures to come, as far as is known. */
  readonly total: number;
  /** One line of JSON a picture on standard output, nothing else. */
  readonly json: boolean;
  /** Failures only: standard output is for the picture. */
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** What a run tells: of each picture, and of all at the end. */
export class Report {
  readonly #options: ReportOptions;
  readonly #progress: Progress;
  readonly #startMs = performance.now();
  readonly #count = { done: 0, skipped: 0, failed: 0, dropped: 0 };

  constructor(options: ReportOptions) {
    const { total, json, quiet } = options;
    this.#options = options;
    this.#progress = createProgress({
      total,
      unit: total === 1 ? "picture" : "pictures",
      quiet: json || quiet,
    });
  }

  get failed(): number {
    return this.#count.failed;
  }

  /** Which model runs, and where. */
  announce({ model, session }: Remover): void {
    if (this.#speaks) this.#progress.say(`${model.name} on ${session.provider} (${session.reason})`);
  }

  tell(outcome: Outcome): void {
    const { json } = this.#options;
    switch (outcome.kind) {
      case "done": {
        const { source, done } = outcome;
        if (json) printJson({ input: source.path, ...done });
        else for (const warning of done.warnings) this.#progress.say(`warning: ${source.path}: ${warning}`);
        this.#progress.step(`${source.path} → ${done.output}  ${Math.round(done.ms.total)} ms`);
        break;
      }
      case "skipped":
        if (json) printJson({ input: outcome.source.path, output: outcome.output, skipped: true });
        this.#progress.step("");
        break;
      case "failed":
        this.tellFailure(outcome.source.path, outcome.error);
        this.#progress.step("");
        return;
      case "dropped":
        break;
    }
    this.#count[outcome.kind] += 1;
  }

  /** Something given could not be done. */
  tellFailure(input: string, error: unknown): void {
    this.#count.failed += 1;
    if (this.#options.json) {
      const facts =
        error instanceof MattelierError ? error.toFacts() : { code: "internal", got: messageOf(error) };
      printJson({ input, error: facts });
    } else this.#progress.say(renderError(error, this.#options));
  }

  /** The last line. */
  close({ summed }: { readonly summed: boolean }): void {
    this.#progress.stop();
    if (summed && this.#speaks) this.#progress.say(this.#summary());
  }

  get #speaks(): boolean {
    return !this.#options.json && !this.#options.quiet;
  }

  #summary(): string {
    const { done, skipped, failed, dropped } = this.#count;
    const parts = [
      `${done} done`,
      ...(skipped > 0 ? [`${skipped} there already (--force redoes them)`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(dropped > 0 ? [`${dropped} dropped`] : []),
    ];
    const seconds = (performance.now() - this.#startMs) / 1000;
    return `${parts.join(", ")}, in ${seconds < 10 ? `${seconds.toFixed(1)} s` : shownTime(seconds)}`;
  }
}

/** One line an object; numbers to two places. */
function printJson(value: unknown): void {
  const rounded = (_key: string, v: unknown): unknown =>
    typeof v === "number" ? Math.round(v * 100) / 100 : v;
  process.stdout.write(`${JSON.stringify(value, rounded)}\n`);
}
