import { MattelierError, messageOf } from "../../util/index.js";
import type { Callback, EpochReport, RunControls, StepControls, StepReport } from "./callback.js";

const HOOKS = ["onStepEnd", "onEpochEnd", "onRunEnd", "state", "restore"] as const;

/** The callbacks of a run, called in their order. What goes wrong in one bears its name. */
export class CallbackList {
  readonly #callbacks: readonly Callback[];

  /**
   * @throws MattelierError `invalid-config` for what is no callback, and where two would share what a checkpoint keeps by
   *   name
   */
  constructor(callbacks: readonly Callback[]) {
    for (const callback of callbacks) requireCallback(callback);
    const names = callbacks.map(({ name }) => name);
    const twin = names.find((name, i) => names.indexOf(name) !== i);
    if (twin !== undefined)
      throw new MattelierError({
        code: "invalid-config",
        where: "callbacks",
        expected: "callbacks with names of their own",
        got: `${twin} twice`,
      });
    this.#callbacks = callbacks;
  }

  /** Give each what it remembered, where it remembered anything. */
  async restore(states: Readonly<Record<string, unknown>>): Promise<void> {
    for (const callback of this.#callbacks)
      if (states[callback.name] !== undefined)
        await named(callback, "restore", () => callback.restore?.(states[callback.name]));
  }

  async stepEnd(report: StepReport, run: StepControls): Promise<void> {
    for (const callback of this.#callbacks)
      await named(callback, "onStepEnd", () => callback.onStepEnd?.(report, run));
  }

  async epochEnd(report: EpochReport, run: RunControls): Promise<void> {
    for (const callback of this.#callbacks)
      await named(callback, "onEpochEnd", () => callback.onEpochEnd?.(report, run));
  }

  async runEnd(report: EpochReport | undefined): Promise<void> {
    for (const callback of this.#callbacks)
      await named(callback, "onRunEnd", () => callback.onRunEnd?.(report));
  }

  /** What they remember now, by name. */
  async states(): Promise<Record<string, unknown>> {
    const states: Record<string, unknown> = {};
    for (const callback of this.#callbacks)
      states[callback.name] = await named(callback, "state", () => callback.state?.());
    return states;
  }
}

/** @throws MattelierError `invalid-config` for a value without a name, or with a hook that is no function */
export function requireCallback(value: unknown, where = "callbacks"): asserts value is Callback {
  const refuse = (expected: string, got: string): MattelierError =>
    new MattelierError({
      code: "invalid-config",
      where,
      expected,
      got,
      fix: '{ name: "Mine", onEpochEnd(report, run) { … } }',
    });
  if (typeof value !== "object" || value === null) throw refuse("a callback: an object", String(value));
  const callback = value as Record<string, unknown>;
  const { name } = callback;
  if (typeof name !== "string" || name === "") throw refuse("a callback with a name", JSON.stringify(value));
  const hook = HOOKS.find((key) => callback[key] !== undefined && typeof callback[key] !== "function");
  if (hook !== undefined) throw refuse(`functions: ${hook} of ${name}`, typeof callback[hook]);
}

/** Run a hook. @throws MattelierError its own; `invalid-config` with the callback's name for anything else thrown */
async function named<T>({ name }: Callback, hook: string, run: () => T): Promise<Awaited<T>> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MattelierError) throw error;
    throw new MattelierError({
      code: "invalid-config",
      where: `callback ${name}, ${hook}`,
      expected: "to run through",
      got: messageOf(error),
      fix: "mend the callback; the run goes on from its last checkpoint",
      cause: error,
    });
  }
}
