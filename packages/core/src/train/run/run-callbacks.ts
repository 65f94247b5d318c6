import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MattelierError, messageOf } from "../../util/index.js";
import {
  CallbackList,
  earlyStopping,
  modelCheckpoint,
  reduceLROnPlateau,
  requireCallback,
  type Callback,
} from "../callbacks/index.js";
import type { RunConfig } from "./config/config.js";

/**
 * The configuration's callbacks, then others: a plateau lowers the rate before the best epoch is kept and the run ended.
 * @throws MattelierError `invalid-config` for a module of the user's that does not load or makes no callback
 */
export async function callbacksOf(config: RunConfig, others: readonly Callback[]): Promise<CallbackList> {
  const found: Callback[] = [];
  if (config.reduceLROnPlateau !== undefined) found.push(reduceLROnPlateau(config.reduceLROnPlateau));
  found.push(modelCheckpoint(config.modelCheckpoint));
  if (config.earlyStopping !== undefined) found.push(earlyStopping(config.earlyStopping));
  for (const path of config.callbacks) found.push(await callbackFrom(path, config));
  return new CallbackList([...found, ...others]);
}

/** A module of the user's: its default export is a function that makes a callback from the configuration. */
async function callbackFrom(path: string, config: RunConfig): Promise<Callback> {
  const where = `callback ${path}`;
  const refuse = (expected: string, error: unknown): MattelierError =>
    new MattelierError({
      code: "invalid-config",
      where,
      expected,
      got: messageOf(error),
      cause: error,
    });
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  } catch (error) {
    throw refuse("a module that loads", error);
  }
  const make = loaded.default;
  if (typeof make !== "function")
    throw new MattelierError({
      code: "invalid-config",
      where,
      expected: "a default export that is a function and gives a callback",
      got: typeof make,
      fix: 'export default () => ({ name: "Mine", onEpochEnd(report, run) { … } })',
    });
  let callback: unknown;
  try {
    callback = await (make as (config: RunConfig) => unknown)(config);
  } catch (error) {
    throw refuse("a default export that gives a callback", error);
  }
  requireCallback(callback, where);
  return callback;
}
