import {
  describeMatch,
  matchKeys,
  requireMatch,
  type MatchReport,
  type StateDict,
} from "../../checkpoint/index.js";
import { asDtype, MattelierError, tensorFrom, type TensorData } from "../../util/index.js";
import type { ModelDefinition } from "../definition.js";
import { fill, shapesOf, type FitOptions } from "./fit-state.js";
import { readWeights } from "./read-weights.js";

/** ε of the backbones' batch normalisations. */
const EPSILON = 1e-5;

export interface LoadedBackbone {
  /** Every parameter and buffer of the network; what is not of the file is as it begins. */
  readonly state: Map<string, TensorData>;
  readonly report: MatchReport;
  readonly notes: readonly string[];
  /** Batch normalisations that became identities: re-estimate their statistics before training. */
  readonly folded: number;
  /** Whether a normalisation, by its path, was loaded: those are to be re-estimated, the others are fresh. */
  readonly isLoaded: (path: string) => boolean;
}

/**
 * A start checkpoint: a network with a backbone that was trained on something else, the rest as it begins.
 *
 * Weights whose normalisation is folded in (a bias where the network has none) go into the convolution, and the bias
 * into the normalisation behind it, an identity until its statistics are re-estimated: `reestimateStatistics`.
 * Tensors of the file beside the backbone, such as its classifier, are left out.
 *
 * @throws MattelierError `unsupported` for a network without a backbone that could be loaded; `shape-mismatch` for a
 *   backbone that is not there whole, unless `partial`
 */
export async function loadBackbone(
  definition: ModelDefinition,
  path: string,
  { partial = false, seed = 0 }: FitOptions = {},
): Promise<LoadedBackbone> {
  const { name, backbone: prefix } = definition;
  if (prefix === undefined) throw noBackbone(name);
  const file = await readWeights(path);
  if (file.kind === "onnx") throw onnxBackbone(path);
  const model = definition.create();
  const own = new Map([...shapesOf(model)].filter(([key]) => key.startsWith(prefix)));
  const { given, folded } = unfold(file.stateDict, own, prefix);
  const report = matchKeys(own, given);
  const beside = report.unexpected.length;
  const fit = { ...report, unexpected: [] };
  if (!partial) requireMatch(fit, path);
  if (report.matched.size === 0)
    throw new MattelierError({
      code: "shape-mismatch",
      where: path,
      expected: `weights of ${name}'s backbone`,
      got: describeMatch(report),
    });
  return {
    state: fill(model, report.matched, seed),
    report: fit,
    notes: [
      ...file.notes,
      ...(beside === 0 ? [] : [`${beside} tensors beside the backbone left out`]),
      ...(folded === 0
        ? []
        : [`${folded} batch normalisations that the file has folded away became identities`]),
    ],
    folded,
    isLoaded: (key) => report.matched.has(`${key}.weight`),
  };
}

/** The file's tensors under the network's keys, folded biases moved into normalisations. */
function unfold(
  stateDict: StateDict,
  own: ReadonlyMap<string, readonly number[]>,
  prefix: string,
): { readonly given: Map<string, TensorData>; readonly folded: number } {
  const given = new Map<string, TensorData>();
  let folded = 0;
  for (const [key, tensor] of stateDict) {
    const path = prefix + key;
    const norm =
      path.endsWith(".bias") && !own.has(path) ? normAfter(path.slice(0, -".bias".length)) : undefined;
    const shape = norm === undefined ? undefined : own.get(`${norm}.running_mean`);
    if (norm === undefined || shape === undefined) {
      given.set(path, tensor);
      continue;
    }
    const filled = (value: number): TensorData =>
      tensorFrom("float32", shape, new Float32Array(shape[0]!).fill(value));
    given.set(`${norm}.weight`, filled(Math.sqrt(1 + EPSILON)));
    given.set(`${norm}.bias`, asDtype(tensor, "float32"));
    given.set(`${norm}.running_mean`, filled(0));
    given.set(`${norm}.running_var`, filled(1));
    folded += 1;
  }
  return { given, folded };
}

/** Of a convolution at `….K` the normalisation at `….K+1`: sequences list them one after the other. */
function normAfter(path: string): string | undefined {
  const match = /^(.*\.)(\d+)$/.exec(path);
  return match === null ? undefined : `${match[1]!}${Number(match[2]) + 1}`;
}

function noBackbone(name: string): MattelierError {
  return new MattelierError({
    code: "unsupported",
    where: `network ${name}`,
    expected: "one whose backbone is trained on its own",
    got: "one without",
    fix: "leave --backbone out, or choose modnet",
  });
}

function onnxBackbone(path: string): MattelierError {
  return new MattelierError({
    code: "unsupported",
    where: path,
    expected: "a backbone in a .pth, .safetensors or .json",
    got: "an .onnx",
  });
}
