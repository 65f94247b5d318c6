import { MattelierError } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import type { StateDict } from "./state-dict.js";
import type { TensorLeaf, TorchValue } from "./torch-file.js";

/** Keys under which training programs keep the weights, in the order in which we prefer them. */
const WRAPPERS = [
  "state_dict",
  "model_state_dict",
  "model",
  "net",
  "network",
  "params_ema",
  "params",
  "weights",
];

/** Prefixes that wrappers around a network add to every key. */
const PREFIXES = ["module.", "_orig_mod."];

export interface FoundStateDict {
  readonly stateDict: StateDict;
  /** Where in the file it was, such as `state_dict`; empty at the top. */
  readonly path: string;
  /** The prefix that was taken off every key; empty if none. */
  readonly strippedPrefix: string;
}

/**
 * Find the state dict in a checkpoint: at the top, or below a key that training programs use.
 * @throws MattelierError `invalid-data` that lists what the file holds instead
 */
export function findStateDict(root: TorchValue, where = "checkpoint"): FoundStateDict {
  const found = search(root, "");
  if (found === undefined)
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: "a state dict: names and tensors",
      got: root instanceof Map ? `a dict of ${[...root.keys()].map(String).join(", ")}` : typeof root,
    });
  return { path: found.path, ...strip(found.tensors) };
}

function search(
  value: TorchValue,
  path: string,
): { tensors: Map<string, TensorData>; path: string } | undefined {
  if (!(value instanceof Map)) return undefined;
  const tensors = new Map<string, TensorData>();
  for (const [key, item] of value)
    if (typeof key === "string" && isTensorLeaf(item)) tensors.set(key, item.tensor);
  if (tensors.size > 0 && tensors.size === value.size) return { tensors, path };
  const keys = [...value.keys()].filter((key) => typeof key === "string");
  const inOrder = [
    ...WRAPPERS.filter((key) => value.has(key)),
    ...keys.filter((key) => !WRAPPERS.includes(key)),
  ];
  for (const key of inOrder) {
    const below = search(value.get(key)!, path === "" ? key : `${path}.${key}`);
    if (below !== undefined) return below;
  }
  return tensors.size > 0 ? { tensors, path } : undefined;
}

function strip(tensors: ReadonlyMap<string, TensorData>): { stateDict: StateDict; strippedPrefix: string } {
  let stripped = "";
  let current = tensors;
  for (;;) {
    const prefix = PREFIXES.find((p) => [...current.keys()].every((key) => key.startsWith(p)));
    if (prefix === undefined || current.size === 0) return { stateDict: current, strippedPrefix: stripped };
    current = new Map([...current].map(([key, tensor]) => [key.slice(prefix.length), tensor]));
    stripped += prefix;
  }
}

const isTensorLeaf = (value: TorchValue): value is TensorLeaf =>
  value !== null && typeof value === "object" && "tensor" in value;
