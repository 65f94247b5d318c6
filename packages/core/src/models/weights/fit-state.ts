import {
  describeMatch,
  matchKeys,
  requireMatch,
  type MatchReport,
  type StateDict,
} from "../../checkpoint/index.js";
import { membersOf, Parameter, type AnyModule } from "../../nn/index.js";
import { asDtype, createRng, MattelierError, type TensorData } from "../../util/index.js";
import type { ModelDefinition } from "../definition.js";
import { architectures } from "../index.js";

export interface FitOptions {
  /** Load what fits and begin the rest afresh; otherwise any difference is an error. Default false. */
  readonly partial?: boolean | undefined;
  /** Of what begins afresh. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * A network's whole state out of a state dict.
 * @param where the file, for errors
 * @throws MattelierError `shape-mismatch` listing what does not fit; with `partial` only when nothing does
 */
export function fitState(
  definition: ModelDefinition,
  given: StateDict,
  { partial = false, seed = 0, where }: FitOptions & { readonly where: string },
): { readonly state: Map<string, TensorData>; readonly report: MatchReport } {
  const model = definition.create();
  const report = matchAgainst(definition, given);
  if (!partial && describeMatch(report) !== "") requireMatch(report, where, whoseTheyAre(definition, given));
  if (report.matched.size === 0)
    throw new MattelierError({
      code: "shape-mismatch",
      where,
      expected: `weights of ${definition.name}, at least some`,
      got: describeMatch(report),
      fix: whoseTheyAre(definition, given) ?? "name the network that these weights are of with --model",
    });
  return { state: fill(model, report.matched, seed), report };
}

const matchAgainst = (definition: ModelDefinition, given: StateDict): MatchReport =>
  matchKeys(shapesOf(definition.create()), withoutAliases(given, definition.aliases ?? {}));

/** What to do with weights that do not fit, where that can be told: another network's, or the backbone's alone. */
function whoseTheyAre(definition: ModelDefinition, given: StateDict): string | undefined {
  const owner = architectures.find((other) => describeMatch(matchAgainst(other, given)) === "");
  if (owner !== undefined) return `they are weights of ${owner.name}: --model ${owner.name}`;
  const { name, backbone, create } = definition;
  if (backbone === undefined) return undefined;
  const inside = new Map([...given].map(([key, tensor]) => [backbone + key, tensor]));
  const fitting = matchKeys(shapesOf(create()), inside).matched.size;
  return 3 * fitting < given.size ? undefined : `they look like those of ${name}'s backbone: --backbone`;
}

/** Shape by key of every parameter and buffer. */
export function shapesOf(model: AnyModule): Map<string, readonly number[]> {
  return new Map(
    membersOf(model).state.map(({ path, item }) => [
      path,
      item instanceof Parameter ? item.shape : item.initial.shape,
    ]),
  );
}

/** The model's state: what is given, element types converted; what is not, as it begins. */
export function fill(model: AnyModule, given: StateDict, seed: number): Map<string, TensorData> {
  const rng = createRng(seed).fork("initial state");
  return new Map(
    membersOf(model).state.map(({ path, item }): [string, TensorData] => {
      const tensor = given.get(path);
      const dtype = item instanceof Parameter ? "float32" : item.initial.dtype;
      if (tensor !== undefined) return [path, asDtype(tensor, dtype as "float32" | "int64")];
      if (!(item instanceof Parameter)) return [path, { ...item.initial, data: item.initial.data.slice() }];
      return [path, { dtype: "float32", shape: item.shape, data: item.init(item.shape, rng.fork(path)) }];
    }),
  );
}

/** Weights that official checkpoints hold a second time, under their one path; of two the later counts, as in PyTorch. */
function withoutAliases(given: StateDict, aliases: Readonly<Record<string, string>>): StateDict {
  const pairs = Object.entries(aliases);
  if (pairs.length === 0) return given;
  return new Map(
    [...given].map(([key, tensor]) => {
      const alias = pairs.find(([prefix]) => key.startsWith(prefix));
      return [alias === undefined ? key : alias[1] + key.slice(alias[0].length), tensor];
    }),
  );
}
