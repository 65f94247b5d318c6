import { MattelierError } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import type { StateDict } from "./state-dict.js";

/** How a checkpoint fits a network. */
export interface MatchReport {
  readonly matched: StateDict;
  /** Keys of the network that the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Keys of the checkpoint that the network lacks. */
  readonly unexpected: readonly string[];
  readonly misshapen: readonly { readonly key: string; readonly expected: string; readonly got: string }[];
}

/** Counters that carry no weight: a checkpoint may lack them, or hold them where the network does not. */
const isCounter = (key: string): boolean => key.endsWith("num_batches_tracked");

/**
 * Match a checkpoint against a network's keys and shapes.
 * @param expected shape by key, as the network declares its parameters and buffers
 */
export function matchKeys(expected: ReadonlyMap<string, readonly number[]>, given: StateDict): MatchReport {
  const matched = new Map<string, TensorData>();
  const missing: string[] = [];
  const misshapen: { key: string; expected: string; got: string }[] = [];
  for (const [key, shape] of expected) {
    const tensor = given.get(key);
    if (tensor === undefined) {
      if (!isCounter(key)) missing.push(key);
    } else if (tensor.shape.join() !== shape.join())
      misshapen.push({ key, expected: `[${shape.join(",")}]`, got: `[${tensor.shape.join(",")}]` });
    else matched.set(key, tensor);
  }
  const unexpected = [...given.keys()].filter((key) => !expected.has(key) && !isCounter(key));
  return { matched, missing, unexpected, misshapen };
}

/** The report as text, at most `limit` keys of each kind; empty when all fits. */
export function describeMatch({ matched, missing, unexpected, misshapen }: MatchReport, limit = 5): string {
  const list = (name: string, items: readonly string[]): string[] => {
    if (items.length === 0) return [];
    const more = items.length > limit ? `, and ${items.length - limit} more` : "";
    return [`${items.length} ${name} (${items.slice(0, limit).join(", ")}${more})`];
  };
  const faults = [
    ...list("missing", missing),
    ...list("unexpected", unexpected),
    ...list(
      "misshapen",
      misshapen.map(({ key, expected, got }) => `${key} ${got} instead of ${expected}`),
    ),
  ];
  return faults.length === 0
    ? ""
    : `${matched.size} of ${matched.size + missing.length + misshapen.length} keys fit; ${faults.join("; ")}`;
}

/**
 * @param fix what to do about it
 * @throws MattelierError `shape-mismatch` listing what is missing, unexpected and misshapen, unless all fits.
 */
export function requireMatch(
  report: MatchReport,
  where: string,
  fix = "give the weights of this network, or --partial to load what fits",
): StateDict {
  const faults = describeMatch(report);
  if (faults === "") return report.matched;
  throw new MattelierError({
    code: "shape-mismatch",
    where,
    expected: "the network's own keys and shapes",
    got: faults,
    fix,
  });
}
