import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "../../../checkpoint/index.js";
import { errnoOf, fileError, replaceFile } from "../../../files/index.js";
import type { StateDict } from "../../../nn/index.js";
import { MattelierError, messageOf } from "../../../util/index.js";
import { runStateSchema, type RunState } from "./run-state.js";

/** All that a run needs to go on. */
export interface RunCheckpoint {
  readonly model: StateDict;
  readonly optimiser: StateDict;
  readonly state: RunState;
}

const LAST = "last.safetensors";
const PREVIOUS = "previous.safetensors";
export const BEST = "best.safetensors";

const MODEL = "model/";
const OPTIMISER = "optimiser/";

/**
 * Save a checkpoint as `last.safetensors`; the one before it becomes `previous.safetensors`. Whenever the process ends,
 * one of the two is whole.
 *
 * @throws MattelierError `unwritable`; the checkpoints that were there stay
 */
export async function saveCheckpoint(folder: string, checkpoint: RunCheckpoint): Promise<void> {
  const { model, optimiser, state } = checkpoint;
  const tensors = new Map([...prefixed(MODEL, model), ...prefixed(OPTIMISER, optimiser)]);
  const bytes = encodeSafetensors(tensors, { run: JSON.stringify(state) });
  const fresh = join(folder, "fresh.safetensors");
  await replaceFile(fresh, bytes);
  try {
    await rename(join(folder, LAST), join(folder, PREVIOUS)).catch((error: unknown) => {
      if (errnoOf(error) !== "ENOENT") throw error;
    });
    await rename(fresh, join(folder, LAST));
  } catch (error) {
    throw fileError(error, { where: join(folder, LAST), doing: "writing" });
  }
}

/**
 * The newest whole checkpoint; undefined where none was ever saved.
 * @param say told when the last one is damaged and the one before it is taken
 * @throws MattelierError `invalid-data` when there are some, and none is whole
 */
export async function loadCheckpoint(
  folder: string,
  say: (line: string) => void,
): Promise<RunCheckpoint | undefined> {
  await rm(join(folder, "fresh.safetensors"), { force: true });
  const failures: string[] = [];
  for (const name of [LAST, PREVIOUS]) {
    const path = join(folder, name);
    try {
      const checkpoint = decode(await readFile(path), path);
      if (failures.length > 0) say(`${failures.join("; ")}: going on from ${name}, the one before it`);
      return checkpoint;
    } catch (error) {
      if (errnoOf(error) === "ENOENT") continue;
      failures.push(messageOf(error));
    }
  }
  if (failures.length === 0) return undefined;
  throw new MattelierError({
    code: "invalid-data",
    where: folder,
    expected: "a whole checkpoint",
    got: failures.join("; "),
    fix: "start the run anew with --force",
  });
}

/** Save a state dict alone, as `export --weights` and `init.weights` take it. */
export function saveWeights(
  path: string,
  state: StateDict,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  return replaceFile(path, encodeSafetensors(state, metadata));
}

function decode(bytes: Uint8Array, where: string): RunCheckpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  const state = runStateSchema.safeParse(JSON.parse(metadata["run"] ?? "null"));
  if (!state.success)
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: "the state of a training run",
      got: "weights alone",
      fix: "begin a new run from them by --init",
    });
  return { model: under(MODEL, tensors), optimiser: under(OPTIMISER, tensors), state: state.data };
}

const prefixed = (prefix: string, state: StateDict): StateDict =>
  new Map([...state].map(([key, tensor]) => [`${prefix}${key}`, tensor]));

const under = (prefix: string, state: StateDict): StateDict =>
  new Map(
    [...state].flatMap(([key, tensor]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
    ),
  );
