import { basename, resolve } from "node:path";
import { MattelierError } from "../util/errors.js";
import { cardFromMetadata, type ModelCard } from "./card.js";
import { HOW_TO_GIVE } from "./derive-preprocessing.js";
import type { ReadyModel } from "./entry.js";
import { checkFit } from "./fit.js";
import { readModelFacts } from "./model-facts.js";
import { suggestedName } from "./model-name.js";
import { defaultInputSize, preprocessingFromMetadata } from "./preprocessing.js";

/**
 * A model by the path of its .onnx, which carries its preprocessing in its metadata.
 * @throws MattelierError `not-found`, `unreadable`; `invalid-model` when it is no ONNX or carries no preprocessing;
 *   `shape-mismatch` when its inputs and outputs are not what the preprocessing says
 */
export async function describeModelAt(path: string): Promise<ReadyModel> {
  const facts = await readModelFacts(path).catch(sayWhatModelsAreCalled);
  const preprocessing = preprocessingFromMetadata(facts.metadata, path);
  if (preprocessing === undefined) {
    throw new MattelierError({
      code: "invalid-model",
      where: path,
      expected: "metadata that says how pictures become its input (mattelier.preprocessing)",
      got: "none",
      fix: `add it once, with what it needs: ${HOW_TO_GIVE}`,
    });
  }
  checkFit(facts, preprocessing, path);
  const name = suggestedName(path) ?? basename(path);
  const card = cardFromMetadata(facts.metadata, path) ?? unknownCard(name);
  const inputSize = defaultInputSize(preprocessing);
  return { name, origin: "file", card: { ...card, inputSize }, preprocessing, path: resolve(path) };
}

/** One who gives a path that leads nowhere may have meant a model's name. */
function sayWhatModelsAreCalled(error: unknown): never {
  if (!(error instanceof MattelierError) || error.code !== "not-found") throw error;
  const fix = "give the path of an .onnx, or a name that mattelier models list shows";
  throw new MattelierError({ ...error.toFacts(), fix, cause: error });
}

/** The card of a model that says nothing of itself. */
export function unknownCard(name: string): ModelCard {
  return {
    version: 1,
    name,
    task: "background-removal",
    licence: { spdx: "NOASSERTION", note: "Nobody has said; find out before you pass on what it makes." },
    trainingData: [],
    numbers: [],
  };
}
