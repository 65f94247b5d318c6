import { MattelierError, type TensorData } from "../util/index.js";
import type { OptimiserSpec } from "./optimiser-spec.js";

/**
 * Check a saved state against what an optimiser keeps.
 * @param own what it keeps: keys, element types, shapes
 * @throws MattelierError `invalid-data`
 */
export function checkOptimiserState(
  { kind }: OptimiserSpec,
  own: ReadonlyMap<string, Pick<TensorData, "dtype" | "shape">>,
  state: ReadonlyMap<string, TensorData>,
): void {
  const fail = (expected: string, got: string): never => {
    throw new MattelierError({
      code: "invalid-data",
      where: `state of optimiser ${kind}`,
      expected,
      got,
      fix: "resume with the same optimiser, model and trained parameters, or start it afresh",
    });
  };
  for (const [key, { dtype, shape }] of own) {
    const given = state.get(key);
    if (given === undefined) fail(`an entry ${key}`, "none");
    else if (given.dtype !== dtype || given.shape.join() !== shape.join())
      fail(`${key} as ${dtype}[${shape.join(",")}]`, `${given.dtype}[${given.shape.join(",")}]`);
  }
  for (const key of state.keys()) if (!own.has(key)) fail(`no entry but ${own.size} known ones`, key);
}
