import { MattelierError, numbersOf, tensorFrom, type Rng, type TensorData } from "../util/index.js";
import { membersOf, type AnyModule } from "./module.js";
import { Parameter, type StateBuffer } from "./parameter.js";

/** Data by path: parameters and buffers, as PyTorch names them. */
export type StateDict = ReadonlyMap<string, TensorData>;

/** How a state dict differs from what a model declares. */
export interface StateReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly {
    readonly path: string;
    readonly expected: readonly number[];
    readonly got: readonly number[];
  }[];
}

/** The state that a model begins with. Seeded per path: the order of fields plays no part. */
export function initialState(model: AnyModule, rng: Rng): Map<string, TensorData> {
  return new Map(membersOf(model).state.map(({ path, item }) => [path, firstOf(item, rng.fork(path))]));
}

/** Number of learned elements. */
export function parameterCount(model: AnyModule): number {
  let count = 0;
  for (const { item } of membersOf(model).state)
    if (item instanceof Parameter) count += item.shape.reduce((product, dim) => product * dim, 1);
  return count;
}

/** Compare a state dict with a model: keys and shapes. */
export function compareState(model: AnyModule, state: StateDict): StateReport {
  const declared = new Map(membersOf(model).state.map(({ path, item }) => [path, shapeOf(item)]));
  const misshapen = [...declared].flatMap(([path, expected]) => {
    const got = state.get(path)?.shape;
    return got === undefined || got.join() === expected.join() ? [] : [{ path, expected, got }];
  });
  return {
    missing: [...declared.keys()].filter((path) => !state.has(path)),
    unexpected: [...state.keys()].filter((path) => !declared.has(path)),
    misshapen,
  };
}

/**
 * Give a model's state the contents of a state dict, element types converted.
 *
 * @param state of the model, such as {@link initialState}; not changed
 * @param from the contents to load
 * @param options `partial` takes what fits and reports the rest; otherwise a difference is an error
 * @throws MattelierError `invalid-data`, listing missing, unexpected and misshapen entries
 */
export function loadState(
  model: AnyModule,
  { state, from }: { readonly state: StateDict; readonly from: StateDict },
  { partial = false }: { readonly partial?: boolean } = {},
): { readonly state: Map<string, TensorData>; readonly report: StateReport } {
  const report = compareState(model, from);
  const differs = report.missing.length + report.unexpected.length + report.misshapen.length > 0;
  if (differs && !partial) throw mismatch(report);
  const misshapen = new Set(report.misshapen.map(({ path }) => path));
  const loaded = membersOf(model).state.map(({ path, item }): [string, TensorData] => {
    const given = misshapen.has(path) ? undefined : from.get(path);
    if (given === undefined) return [path, state.get(path) ?? firstMissing(path)];
    return [path, converted(given, item instanceof Parameter ? "float32" : item.initial.dtype)];
  });
  return { state: new Map(loaded), report };
}

/** The report in words, a few examples of each kind. */
export function describeReport({ missing, unexpected, misshapen }: StateReport): string {
  const some = (items: readonly string[]): string =>
    items.length > 5 ? `${items.slice(0, 5).join(", ")} and ${items.length - 5} more` : items.join(", ");
  const shapes = misshapen.map(
    ({ path, expected, got }) => `${path} [${got.join(",")}] for [${expected.join(",")}]`,
  );
  return [
    ...(missing.length > 0 ? [`${missing.length} missing (${some(missing)})`] : []),
    ...(unexpected.length > 0 ? [`${unexpected.length} unexpected (${some(unexpected)})`] : []),
    ...(misshapen.length > 0 ? [`${misshapen.length} misshapen (${some(shapes)})`] : []),
  ].join("; ");
}

function firstOf(item: Parameter | StateBuffer, rng: Rng): TensorData {
  if (!(item instanceof Parameter)) return { ...item.initial, data: item.initial.data.slice() };
  return { dtype: "float32", shape: item.shape, data: item.init(item.shape, rng) };
}

function shapeOf(item: Parameter | StateBuffer): readonly number[] {
  return item instanceof Parameter ? item.shape : item.initial.shape;
}

function converted(data: TensorData, dtype: TensorData["dtype"]): TensorData {
  if (data.dtype === dtype) return data;
  return tensorFrom(dtype as "float32" | "int64", data.shape, numbersOf(data));
}

function mismatch(report: StateReport): MattelierError {
  return new MattelierError({
    code: "invalid-data",
    where: "state dict",
    expected: "the model's own keys and shapes",
    got: describeReport(report),
    fix: "load it into the model it was saved from, or load only what fits (partial)",
  });
}

function firstMissing(path: string): never {
  throw new MattelierError({
    code: "invalid-data",
    where: "state of the model",
    expected: `an entry ${path}`,
    got: "none",
  });
}
