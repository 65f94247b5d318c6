import { checkedBy, type CheckContext } from "../../../util/index.js";
import { runConfigSchema, type RunConfig } from "./config.js";

/**
 * Check a configuration and fill in its defaults.
 * @param where the file's name, or what else it came from; or what names the place of a key
 * @throws MattelierError `invalid-config` for the first thing wrong: a key unknown (the nearest is suggested), a value
 *   out of range
 */
export function parseRunConfig(input: unknown, where: CheckContext["where"] = "configuration"): RunConfig {
  return checkedBy(runConfigSchema, input, { where, code: "invalid-config" });
}

/**
 * Check the configuration in a run's folder. Earlier versions wrote durations in milliseconds.
 * @throws MattelierError `invalid-config`
 */
export function parseSavedConfig(saved: object, where: string): RunConfig {
  const durations = Object.entries(saved).flatMap(([key, value]): [string, string][] =>
    (key === "timeBudget" || key === "checkpointEvery") && typeof value === "number"
      ? [[key, `${value / 1000}s`]]
      : [],
  );
  return parseRunConfig({ ...saved, ...Object.fromEntries(durations) }, where);
}
