import { MattelierError, messageOf } from "@mattelier/core/util";

/**
 * An error as one line for a person: what was being done, what was expected, what came, how to fix it.
 * With `debug`, the stack and the causes follow.
 */
export function renderError(error: unknown, { debug = false } = {}): string {
  const line = `error: ${messageOf(error)}`;
  if (!debug) return isOurs(error) ? line : `${line} (internal; --debug shows where)`;
  const stacks: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) stacks.push(e.stack ?? String(e));
  return [line, ...stacks].join("\n");
}

const isOurs = (error: unknown): boolean => error instanceof MattelierError;
