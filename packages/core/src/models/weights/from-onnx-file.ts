import { matchKeys, type StateDict } from "../../checkpoint/index.js";
import { inferTypes, type Graph, type Value } from "../../graph/index.js";
import { trace } from "../../nn/index.js";
import { rules } from "../../ops/index.js";
import { MattelierError } from "../../util/index.js";
import type { SizePx } from "../../hub/preprocessing.js";
import type { ModelDefinition } from "../definition.js";
import { matchStructure, type OutputPair } from "./match-structure.js";
import { shapesOf } from "./fit-state.js";

export interface OnnxWeights {
  readonly stateDict: StateDict;
  readonly notes: readonly string[];
  /** Batch normalisations that became identities. */
  readonly folded: number;
  /** The file's output that is the network's final head, and the input size, to compare what both compute. */
  readonly same: { readonly head: string; readonly output: string; readonly size: SizePx } | undefined;
}

/**
 * Weights out of a published .onnx: by name where its initialisers bear the network's keys, else by structure.
 * @throws MattelierError `shape-mismatch` naming the first layer that does not fit, unless `partial`
 */
export function weightsOfGraph(
  definition: ModelDefinition,
  file: Graph,
  { partial, where }: { readonly partial: boolean; readonly where: string },
): OnnxWeights {
  const named: StateDict = new Map(
    file.initialisers.flatMap(({ name, constant }) => (constant === undefined ? [] : [[name, constant]])),
  );
  const byName = matchKeys(shapesOf(definition.create()), named);
  if (byName.missing.length + byName.misshapen.length === 0)
    return {
      stateDict: byName.matched,
      notes: ["initialisers bear the network's own names"],
      folded: 0,
      same: undefined,
    };

  const size = inputSizeOf(file) ?? definition.paperSize;
  const shape = [1, definition.channels ?? 3, size.heightPx, size.widthPx];
  const own = trace(definition.create(), { input: { shape } }, { mode: "eval" });
  const [picture] = own.inputs;
  const outputs = pairOutputs(definition, own, file);
  const match = matchStructure(own, file, {
    outputs,
    isParameter: (value) => isInput(own, value) && value !== picture,
  });
  if (match.misfit !== undefined && !partial) {
    throw new MattelierError({
      code: "shape-mismatch",
      where,
      expected: `a graph with the layers of ${definition.name}, or initialisers with its keys`,
      got: `${match.paired} of ${match.layers} layers that fit; ${match.misfit}`,
      fix: "name the network that this file is with --model, or --partial to take the layers up to there",
    });
  }
  const [, final] = outputs[0]!;
  return {
    stateDict: match.stateDict,
    notes: [
      `${match.paired} of ${match.layers} layers matched by structure, from ${outputs.length} outputs`,
      ...(match.misfit === undefined ? [] : [`stopped at ${match.misfit}`]),
      ...(match.folded === 0
        ? []
        : [`${match.folded} batch normalisations that the file has folded away became identities`]),
    ],
    folded: match.folded,
    same: match.misfit === undefined ? { head: outputs[0]![0].name, output: final.name, size } : undefined,
  };
}

const isInput = (graph: Graph, value: Value): boolean => graph.inputs.includes(value);

/** The size that the file's picture input fixes; undefined where it leaves it open. */
function inputSizeOf(file: Graph): SizePx | undefined {
  const [input] = file.inputs.filter(({ constant }) => constant === undefined);
  const [, , heightPx, widthPx] = input?.type?.shape ?? [];
  return typeof heightPx === "number" && typeof widthPx === "number" ? { widthPx, heightPx } : undefined;
}

/**
 * The network's outputs and the file's that are the same, the final head first: by name; else all in order where
 * shapes agree, features included (the released code gives heads, then features); else as many as agree.
 */
function pairOutputs({ heads }: ModelDefinition, own: Graph, file: Graph): readonly OutputPair[] {
  const ours = [...own.outputs].sort((a, b) => rank(a, heads) - rank(b, heads));
  const byName = ours.flatMap((value): OutputPair[] => {
    const other = file.outputs.find(({ name }) => name === value.name);
    return other === undefined ? [] : [[value, other]];
  });
  if (byName.some(([{ name }]) => name === heads.final)) return byName;
  const typed = inferTypes(file, rules, {}, () => undefined);
  const pairs: OutputPair[] = [];
  for (const [i, value] of ours.entries()) {
    const other = file.outputs[i];
    if (other === undefined || !agree(value, typed.outputs[i]!)) break;
    pairs.push([value, other]);
  }
  if (pairs.length > 0) return pairs;
  return [[ours[0]!, file.outputs[0]!]];
}

function rank({ name }: Value, { final, all }: ModelDefinition["heads"]): number {
  return name === final ? -1 : all.includes(name) ? all.indexOf(name) : all.length;
}

function agree(own: Value, file: Value): boolean {
  const theirs = file.type?.shape;
  if (theirs === undefined) return true;
  return (
    theirs.length === own.shape.length &&
    theirs.every((dim, axis) => typeof dim !== "number" || axis === 0 || dim === own.shape[axis])
  );
}
