import { checkedBy } from "../../util/index.js";
import { runConfigSchema, type RunConfig } from "./config.js";

/**
 * Check a configuration and fill in its defaults.
 * @param where the file's name, or what else it came from
 * @throws MattelierError `invalid-config` for the first thing wrong: a key unknown (the nearest is suggested), a value
 *   out of range
 */
export function parseRunConfig(input: unknown, where = "configuration"): RunConfig {
  return checkedBy(runConfigSchema, input, { where, code: "invalid-config" });
}
