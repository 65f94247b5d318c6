import * as z from "zod";
import { readIfThere, replaceFile } from "../../files/index.js";
import type { StateDict } from "../../nn/index.js";
import { PORTABLE, type LowerOptions } from "../../ops/lowering/index.js";
import { MattelierError } from "../../util/index.js";
import type { ChosenProvider } from "../node-provider.js";
import { threadsOfReplica } from "../node-replicas.js";
import { autotuneNodeStep, createNodeTrainStep, nodeCpuTarget } from "../node.js";
import { recordStep } from "../step-plan.js";
import type { TrainStep } from "../step.js";
import { defineRun, type Guide, type RunDefinition } from "./define-run.js";
import type { OnTrainEvent } from "./events.js";
import type { ResolvedConfig } from "./config/resolve-config.js";

export interface CompileRunOptions {
  /** Weights to begin with. Default: fresh ones. */
  readonly state: StateDict | undefined;
  readonly guide: Guide | undefined;
  readonly provider: ChosenProvider;
  /**
   * A file of the run's: recipes that it was compiled with, so that resuming computes to the same last digit. Asked for
   * only where there are some.
   */
  readonly recipesFile: () => Promise<string>;
  /** Where measurements of this machine are kept for other runs. Default: they are made anew. */
  readonly autotuneFile: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: OnTrainEvent;
}

/**
 * The training step and the evaluations of a run, compiled for a provider.
 * @throws MattelierError `aborted` while recipes are measured; as `createNodeTrainStep`
 */
export async function compileRun(config: ResolvedConfig, options: CompileRunOptions): Promise<TrainStep> {
  const { guide, provider: chosen, state, onEvent } = options;
  const { replicas, seed, threads } = config;
  const definition = defineRun(config, guide);
  onEvent({ kind: "say", line: `training on ${chosen.provider} (${chosen.reason})` });
  const lowering = await loweringOf(definition, config, options);
  return createNodeTrainStep(
    { ...definition, lowering },
    { seed, state, provider: chosen.provider, replicas, ...(threads === undefined ? {} : { threads }) },
  );
}

const recipesSchema = z.strictObject({
  block: z.int().optional(),
  choices: z.record(z.string(), z.string()),
});

/** How convolutions are written: by defaults, or by what has been measured. */
async function loweringOf(
  definition: RunDefinition,
  { autotune, replicas, threads }: ResolvedConfig,
  { autotuneFile, onEvent, provider, recipesFile: findFile, signal }: CompileRunOptions,
): Promise<LowerOptions> {
  if (provider.provider !== "cpu") return { target: PORTABLE };
  const target = await nodeCpuTarget();
  if (!autotune) return { target };
  // Refuses a wrong definition before the file, which may stand in place of another run's, is asked for.
  recordStep(definition);
  const recipesFile = await findFile();
  const before = await readRecipes(recipesFile);
  // What another machine has measured may not even run here.
  if (before !== undefined && before.block === target.block) return { target, choices: before.choices };
  const measured = await autotuneNodeStep(definition, {
    cacheFile: autotuneFile ?? recipesFile.replace(/\.json$/, "-measured.json"),
    threads: replicas === 1 ? threads : threadsOfReplica(replicas, threads),
    signal,
    onProgress: ({ done, total }) => {
      onEvent({ kind: "autotune", done, total });
    },
  });
  const { block } = target;
  const used = { ...(block === undefined ? {} : { block }), choices: measured.choices ?? {} };
  await replaceFile(recipesFile, `${JSON.stringify(used, undefined, 1)}\n`);
  return measured;
}

async function readRecipes(path: string): Promise<z.output<typeof recipesSchema> | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return recipesSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new MattelierError({
      code: "invalid-data",
      where: path,
      expected: "recipes that a run was compiled with",
      got: "something else",
      fix: "delete the file: they are measured anew, and the run goes on with other last digits",
      cause: error,
    });
  }
}
