import { toOnnx, type Dim, type Graph, type Shape } from "../graph/index.js";
import {
  cardToMetadata,
  preprocessingToMetadata,
  type ModelCard,
  type Preprocessing,
  type SizePx,
} from "../hub/cards.js";
import { preprocessingOf, type ModelDefinition } from "../models/index.js";
import { trace, type StateDict } from "../nn/index.js";
import type { ModelProto } from "../onnx/index.js";
import { foldBatchNorm, removeDeadNodes, removeIdentities, runPasses, toOpset } from "../passes/index.js";
import type { Refusal } from "../passes/index.js";
import { MattelierError, unknownName } from "../util/index.js";
import { cardOf, type CardFacts } from "./card-of.js";

/**
 * Version of ONNX's operators that exports are written in. 17 is the oldest that says LayerNormalization in one
 * operator, and the newest that TensorRT 8.5 and 8.6 read; nothing in the networks here needs a newer one. See
 * docs/decisions/ for the reasons.
 */
export const EXPORT_OPSET = 17;

export interface ExportOptions {
  /** Input size; with `dynamicSize` the usual one. Default: the paper's. */
  readonly size?: SizePx | undefined;
  /** Leave height and width open: multiples of the network's `sizeMultiple`. Default false. */
  readonly dynamicSize?: boolean | undefined;
  /** Pictures a run, or any number. Default dynamic. */
  readonly batch?: number | "dynamic" | undefined;
  /** Outputs, under the heads' names: the matte alone (default), all heads, or a choice. */
  readonly heads?: "final" | "all" | readonly string[] | undefined;
  /** Default {@link EXPORT_OPSET}. */
  readonly opset?: number | undefined;
  /** What the card says beyond what the network itself does: licence, data, numbers, where the weights come from. */
  readonly card?: CardFacts | undefined;
}

export interface ExportedNetwork {
  readonly model: ModelProto;
  readonly graph: Graph;
  /** Outputs in order. */
  readonly heads: readonly string[];
  /** Undefined for a network that reads no pictures. */
  readonly preprocessing: Preprocessing | undefined;
  readonly card: ModelCard;
  /** Batch normalisations folded away, and those that had to stay, with the reason. */
  readonly folded: number;
  readonly kept: readonly Refusal[];
}

/** Name of the exported input: the normalised picture, [N,3,H,W]. */
export const INPUT_NAME = "input";

/**
 * A network with its weights as a model that ships: evaluation mode, batch normalisation folded into convolutions,
 * weights as constants, card and preprocessing in the metadata. The input is the normalised picture: preprocessing is
 * described, not part of the graph.
 *
 * @param state every parameter and buffer of the network
 * @throws MattelierError `unknown-name` for heads, `invalid-argument` for sizes that the network cannot take,
 *   `unsupported` where it cannot leave a size open or the opset lacks an operator, `invalid-data` for a state that
 *   lacks entries
 */
export function exportNetwork(
  definition: ModelDefinition,
  state: StateDict,
  options: ExportOptions = {},
): ExportedNetwork {
  const { dynamicSize = false, opset = EXPORT_OPSET } = options;
  const { size, heads, shape } = planExport(definition, options);
  const traced = trace(
    definition.create(),
    { [INPUT_NAME]: { shape } },
    { mode: "eval", weights: "constants", state },
  );
  const outputs = heads.map((head) => traced.outputs.find(({ name }) => name === head)!);
  const { graph, refusals } = runPasses({ ...traced, outputs }, [
    removeDeadNodes,
    removeIdentities,
    foldBatchNorm,
  ]);
  const count = ({ nodes }: Graph): number => nodes.filter(({ op }) => op === "BatchNormalization").length;
  const preprocessing = preprocessingFor(definition, size, { heads, dynamicSize });
  const card = cardOf(definition, { ...options.card, size });
  const final: Graph = {
    ...toOpset(graph, opset),
    name: definition.name,
    metadata: {
      ...(preprocessing === undefined ? {} : preprocessingToMetadata(preprocessing)),
      ...cardToMetadata(card),
    },
  };
  return {
    model: toOnnx(final),
    graph: final,
    heads,
    preprocessing,
    card,
    folded: count(traced) - count(graph),
    kept: refusals,
  };
}

/** What an export takes and gives. */
export interface ExportPlan {
  readonly size: SizePx;
  readonly heads: readonly string[];
  /** Of the input. */
  readonly shape: Shape;
}

/**
 * Check what is asked of an export, before weights are loaded for it.
 * @throws MattelierError as {@link exportNetwork}, but for weights and opset
 */
export function planExport(definition: ModelDefinition, options: ExportOptions): ExportPlan {
  const { dynamicSize = false, batch = "dynamic" } = options;
  const size = checkSize(definition, options.size ?? definition.paperSize);
  const heads = headsOf(definition, options.heads ?? "final");
  return { size, heads, shape: inputShape(definition, size, { dynamicSize, batch }) };
}

function checkSize({ name, sizeMultiple }: ModelDefinition, size: SizePx): SizePx {
  const fits = (px: number): boolean => Number.isInteger(px) && px > 0 && px % sizeMultiple === 0;
  if (fits(size.widthPx) && fits(size.heightPx)) return size;
  const down = (px: number): number => Math.max(1, Math.round(px / sizeMultiple)) * sizeMultiple;
  throw new MattelierError({
    code: "invalid-argument",
    where: `size for ${name}`,
    expected: sizeMultiple === 1 ? "whole pixels" : `sides that are multiples of ${sizeMultiple}`,
    got: `${size.widthPx}x${size.heightPx}`,
    fix: `take ${down(size.widthPx)}x${down(size.heightPx)}`,
  });
}

function headsOf({ name, heads }: ModelDefinition, asked: ExportOptions["heads"]): readonly string[] {
  if (asked === "final" || asked === undefined) return [heads.final];
  if (asked === "all") return heads.all;
  for (const head of asked)
    if (!heads.all.includes(head)) throw unknownName(`head of ${name}`, head, heads.all);
  if (asked.length > 0) return asked;
  throw new MattelierError({
    code: "invalid-argument",
    where: `heads of ${name}`,
    expected: `some of ${heads.all.join(", ")}`,
    got: "none",
  });
}

function inputShape(
  { name, channels = 3, fixedSize }: ModelDefinition,
  { widthPx, heightPx }: SizePx,
  { dynamicSize, batch }: { readonly dynamicSize: boolean; readonly batch: number | "dynamic" },
): Shape {
  if (dynamicSize && fixedSize !== undefined)
    throw new MattelierError({
      code: "unsupported",
      where: `an open input size for ${name}`,
      expected: `a fixed one: ${fixedSize}`,
      got: "any",
      fix: `export it at the size that you use, such as ${widthPx}x${heightPx}`,
    });
  const n: Dim = batch === "dynamic" ? "batch" : batch;
  return dynamicSize ? [n, channels, "height", "width"] : [n, channels, heightPx, widthPx];
}

/** How pictures meet the exported input; networks that read masks have none. */
function preprocessingFor(
  definition: ModelDefinition,
  size: SizePx,
  { heads, dynamicSize }: { readonly heads: readonly string[]; readonly dynamicSize: boolean },
): Preprocessing | undefined {
  if ((definition.channels ?? 3) !== 3) return undefined;
  const { final } = definition.heads;
  const fixed = preprocessingOf(definition, size, heads.includes(final) ? final : heads[0]!);
  if (!dynamicSize) return fixed;
  return { ...fixed, input: { kind: "dynamic", multipleOf: definition.sizeMultiple, defaultSize: size } };
}
