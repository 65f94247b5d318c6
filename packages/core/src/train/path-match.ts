import { membersOf, type AnyModule } from "../nn/index.js";
import { unknownName } from "../util/index.js";

/** Paths of modules or parameters (`backbone`, `enc.0.weight`; what lies below counts), or a question to ask of each. */
export type PathMatch = readonly string[] | ((path: string) => boolean);

/**
 * A path match as a question.
 * @param where names the setting in errors
 * @throws MattelierError `unknown-name` for a path that the model does not have
 */
export function matcherOf(
  match: PathMatch | undefined,
  model: AnyModule,
  where: string,
): (path: string) => boolean {
  if (match === undefined) return () => false;
  if (typeof match === "function") return match;
  checkPaths(match, model, where);
  return (path) => match.some((prefix) => path === prefix || path.startsWith(`${prefix}.`));
}

/** @throws MattelierError `unknown-name` for a path that is no module or parameter of the model */
export function checkPaths(paths: readonly string[], model: AnyModule, where: string): void {
  const { modules, state } = membersOf(model);
  const known = new Set([...modules, ...state].map(({ path }) => path).filter((path) => path !== ""));
  for (const { path } of [...modules, ...state])
    for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1))
      known.add(path.slice(0, dot));
  for (const path of paths) if (!known.has(path)) throw unknownName(where, path, [...known]);
}
