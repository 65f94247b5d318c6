import { extname } from "node:path";
import { encodeSafetensors } from "@mattelier/core/checkpoint";
import { cardOf, exportNetwork, planExport, type CardFacts } from "@mattelier/core/export";
import { replaceFile } from "@mattelier/core/files";
import {
  cardFromMetadata,
  cardToMetadata,
  openModel,
  type ModelCard,
  type Preprocessing,
} from "@mattelier/core/hub";
import { architecture, type ModelDefinition } from "@mattelier/core/models";
import {
  loadBackbone,
  loadWeights,
  reestimateStatistics,
  type LoadedWeights,
} from "@mattelier/core/models/weights";
import { initialState, type StateDict } from "@mattelier/core/nn";
import { encodeModel } from "@mattelier/core/onnx";
import { createRng, MattelierError } from "@mattelier/core/util";
import { cacheDirFrom } from "../models/cache-dir.js";
import { namedModel } from "../models/named-model.js";
import { pictureBatches } from "./batches.js";
import type { ExportFlags } from "./flags.js";

/** What was made, for the sheet and for `--json`. */
export interface Converted {
  readonly output: string;
  readonly bytes: number;
  readonly network: string;
  readonly weights: string | undefined;
  readonly notes: readonly string[];
  /** How the weights fit; undefined without weights. */
  readonly fit:
    | {
        readonly loaded: number;
        readonly missing: readonly string[];
        readonly unexpected: readonly string[];
        readonly misshapen: LoadedWeights["report"]["misshapen"];
      }
    | undefined;
  /** What the .onnx is like; undefined for a checkpoint. */
  readonly onnx:
    | {
        readonly heads: readonly string[];
        readonly opset: number;
        readonly folded: number;
        /** Normalisations that stayed, and why. */
        readonly kept: readonly string[];
        readonly preprocessing: Preprocessing | undefined;
        readonly card: ModelCard;
      }
    | undefined;
}

/** Load weights (or begin afresh), and write them as an .onnx or a checkpoint. */
export async function convert(weights: string | undefined, flags: ExportFlags): Promise<Converted> {
  const definition = architecture(flags.model);
  const kind = outputKind(flags.output);
  if (kind === "onnx") planExport(definition, flags);
  const say = (line: string): void => {
    if (!flags.json) process.stderr.write(`${line}\n`);
  };
  const begun = await begin(definition, weights, { flags, say });
  let { state } = begun;
  const notes = [...begun.notes];
  if (flags.images !== undefined) {
    say(`Re-estimating statistics on ${flags.images}`);
    const size = flags.size ?? definition.paperSize;
    state = await reestimateStatistics(
      definition,
      state,
      pictureBatches(flags.images, definition, { size, quiet: flags.json }),
      { only: begun.isLoaded },
    );
    notes.push(`statistics of batch normalisation re-estimated on ${flags.images}`);
  } else if (begun.folded > 0 && kind === "safetensors")
    notes.push("before training give --images FOLDER, to re-estimate their statistics on pictures");
  const card = cardFacts(flags, weights, begun.card);
  const written =
    kind === "onnx" ? toModel(definition, state, { flags, card }) : toCheckpoint(definition, state, card);
  say(`Writing ${flags.output}`);
  await replaceFile(flags.output, written.bytes);
  return {
    output: flags.output,
    bytes: written.bytes.length,
    network: definition.name,
    weights,
    notes,
    fit: begun.fit,
    onnx: written.onnx,
  };
}

interface Begun {
  readonly state: StateDict;
  readonly notes: readonly string[];
  readonly fit: Converted["fit"];
  /** What is known of the weights. */
  readonly card?: ModelCard | undefined;
  /** Batch normalisations that became identities. */
  readonly folded: number;
  /** Which normalisations statistics are re-estimated for; default all. */
  readonly isLoaded?: (path: string) => boolean;
}

async function begin(
  definition: ModelDefinition,
  weights: string | undefined,
  { flags, say }: { readonly flags: ExportFlags; readonly say: (line: string) => void },
): Promise<Begun> {
  const { seed, partial, check } = flags;
  if (weights === undefined) {
    const state = initialState(definition.create(), createRng(seed).fork("initial state"));
    return { state, notes: [`no --weights: untrained, begun with seed ${seed}`], folded: 0, fit: undefined };
  }
  say(`Loading ${weights}`);
  const { path, card } = await weightsAt(weights);
  const loaded = flags.backbone
    ? await loadBackbone(definition, path, { partial, seed })
    : await loadWeights(definition, path, { partial, seed, check });
  const { matched, missing, unexpected, misshapen } = loaded.report;
  const metadata = "metadata" in loaded ? loaded.metadata : {};
  return {
    ...loaded,
    card: card ?? cardFromMetadata(metadata, path),
    fit: { loaded: matched.size, missing, unexpected, misshapen },
  };
}

/** A file stands for itself; anything without an ending or a slash is a model's name. */
async function weightsAt(weights: string): Promise<{ readonly path: string; readonly card?: ModelCard }> {
  if (/[/\\]/.test(weights) || extname(weights) !== "") return { path: weights };
  const options = { cacheDir: cacheDirFrom(process.env) };
  return namedModel(weights, () => openModel(weights, options));
}

function outputKind(output: string): "onnx" | "safetensors" {
  const ending = extname(output).toLowerCase();
  if (ending === ".onnx") return "onnx";
  if (ending === ".safetensors") return "safetensors";
  throw new MattelierError({
    code: "invalid-argument",
    where: "--output",
    expected: "a name that ends in .onnx or .safetensors",
    got: output,
  });
}

function toModel(
  definition: ModelDefinition,
  state: StateDict,
  { flags, card }: { readonly flags: ExportFlags; readonly card: CardFacts },
): { readonly bytes: Uint8Array; readonly onnx: Converted["onnx"] } {
  const { size, dynamicSize, batch, heads, opset } = flags;
  const exported = exportNetwork(definition, state, { size, dynamicSize, batch, heads, opset, card });
  return {
    bytes: encodeModel(exported.model),
    onnx: {
      heads: exported.heads,
      opset: exported.graph.opsets[""]!,
      folded: exported.folded,
      kept: exported.kept.map(({ node, reason }) => `${node.path}: ${reason}`),
      preprocessing: exported.preprocessing,
      card: exported.card,
    },
  };
}

/** What the card says: the flags first, then what the weights' own card knows; their licence stays with them. */
function cardFacts(
  { name, licence, seed }: ExportFlags,
  weights: string | undefined,
  known: ModelCard | undefined,
): CardFacts {
  return {
    ...(known === undefined ? {} : { licence: known.licence, trainingData: known.trainingData }),
    ...(name === undefined ? {} : { name }),
    ...(licence === undefined ? {} : { licence: { spdx: licence } }),
    ...(weights === undefined
      ? { description: `Untrained: weights as they begin with seed ${seed}.` }
      : { source: `weights from ${weights.split(/[/\\]/).at(-1)!}` }),
  };
}

function toCheckpoint(
  definition: ModelDefinition,
  state: StateDict,
  facts: CardFacts,
): { readonly bytes: Uint8Array; readonly onnx: undefined } {
  const card = cardToMetadata(cardOf(definition, { size: definition.paperSize, ...facts }));
  const metadata = { "mattelier.network": definition.name, ...card };
  return { bytes: encodeSafetensors(state, metadata), onnx: undefined };
}
