import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import { errnoOf, fileError, replaceFile } from "../files/index.js";
import { toOnnx } from "../graph/index.js";
import { encodeModel } from "../onnx/index.js";
import {
  autotune,
  type AutotuneProgress,
  type LowerOptions,
  type MeasureOptions,
  type RecipeChoices,
  type Target,
} from "../ops/lowering/index.js";
import { ortPackage } from "../runtime/node-providers.js";
import { createNodeSession } from "../runtime/node.js";
import { checkedBy, MattelierError } from "../util/index.js";
import { nodeCpuTarget } from "./node-target.js";
import type { StepDefinition } from "./step-definition.js";
import { recordStep } from "./step-plan.js";

export interface NodeAutotuneOptions {
  /** Where measurements are kept, of any number of machines: a JSON file, made when it is not there. */
  readonly cacheFile: string;
  /** Of the training run. Default: ONNX Runtime's own choice. */
  readonly threads?: number | undefined;
  /** Timed runs of each recipe. Default 5. */
  readonly rounds?: number | undefined;
  readonly onProgress?: ((progress: AutotuneProgress) => void) | undefined;
  /** Stops between two runs; what has been measured is kept. */
  readonly signal?: AbortSignal | undefined;
}

/** Recipes by problem, by machine. */
const cacheSchema = z.strictObject({
  version: z.literal(1),
  machines: z.record(z.string(), z.record(z.string(), z.string())),
});
type Cache = z.infer<typeof cacheSchema>;

/**
 * Measure which recipes of convolutions and their gradients are fastest for a step on this machine's CPU, each shape
 * once: seconds a shape, a minute or two for a network. Pass the result as the definition's `lowering`. What a cache
 * file holds of the same processor, ONNX Runtime and number of threads is not measured again.
 * @throws MattelierError `aborted`; `invalid-data`, `unreadable` or `unwritable` for the file; as `planStep`
 */
export async function autotuneNodeStep(
  definition: StepDefinition,
  { cacheFile, threads, rounds, onProgress, signal }: NodeAutotuneOptions,
): Promise<LowerOptions> {
  const { graph } = recordStep(definition);
  const target = await nodeCpuTarget();
  const key = machineKey(target, threads);
  const cache = await readCache(cacheFile);
  const known = cache.machines[key] ?? {};
  const found: Record<string, string> = {};
  const save = (choices: RecipeChoices): Promise<void> =>
    writeCache(cacheFile, { ...cache, machines: { ...cache.machines, [key]: { ...choices } } });
  try {
    const choices = await autotune(graph, {
      target,
      known,
      open: openTimed(threads),
      rounds,
      signal,
      onProgress(progress) {
        found[progress.key] = progress.recipe;
        onProgress?.(progress);
      },
    });
    if (Object.keys(found).length > 0) await save(choices);
    return { target, choices };
  } catch (error) {
    if (Object.keys(found).length > 0) await save({ ...known, ...found });
    throw error;
  }
}

/** What a measurement holds for. */
export function machineKey({ block }: Target, threads: number | undefined): string {
  const model = cpus()[0]?.model.trim() ?? "unknown CPU";
  const count = threads === undefined ? `${cpus().length} cores` : `${threads} threads`;
  return [model, `onnxruntime ${ortPackage().version}`, count, `blocks of ${block ?? 1}`].join(", ");
}

/** Opens graphs as `createNodeTrainStep` does, in this thread. */
export const openTimed =
  (threads: number | undefined): MeasureOptions["open"] =>
  async (graph, feeds) => {
    const session = await createNodeSession(encodeModel(toOnnx(graph)), {
      provider: "cpu",
      inThread: "here",
      optimisation: "none",
      ...(threads === undefined ? {} : { threads }),
    });
    const tensors = Object.fromEntries([...feeds].map(([{ name }, tensor]) => [name, tensor]));
    return {
      async run() {
        await session.run(tensors);
        // Running blocks this thread: let it hear of an abort.
        await setImmediate();
      },
      dispose: () => session.dispose(),
    };
  };

const AGAIN = "delete the file; it is made again by measuring";

async function readCache(path: string): Promise<Cache> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return { version: 1, machines: {} };
    throw fileError(error, { where: path, doing: "reading" });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new MattelierError({
      code: "invalid-data",
      where: path,
      expected: "measured recipes that this version wrote",
      got: "no JSON",
      fix: AGAIN,
      cause,
    });
  }
  return checkedBy(cacheSchema, json, { where: path, code: "invalid-data", fix: AGAIN });
}

const writeCache = (path: string, cache: Cache): Promise<void> =>
  replaceFile(path, `${JSON.stringify(cache, null, 1)}\n`);
