import { parseCard, type ModelCard, type ModelTask, type SizePx } from "../hub/cards.js";
import { networkFacts, type ModelDefinition } from "../models/index.js";

/** What the weights' owner knows and the network does not. */
export type CardFacts = Partial<
  Pick<ModelCard, "name" | "description" | "licence" | "trainingData" | "numbers" | "source" | "task">
>;

const TASKS: Readonly<Record<ModelDefinition["task"], ModelTask>> = {
  "background-removal": "background-removal",
  "portrait-matting": "portrait-matting",
  "salient-object": "salient-object",
  segmentation: "background-removal",
  encoder: "background-removal",
};

/** The card of a network with weights: what the definition says, then what is known of the weights. */
export function cardOf(
  definition: ModelDefinition,
  { size, ...facts }: CardFacts & { readonly size: SizePx },
): ModelCard {
  const { parameters, macs } = networkFacts(definition, size);
  const card: ModelCard = {
    version: 1,
    name: definition.name,
    task: TASKS[definition.task],
    licence: { spdx: "NOASSERTION", note: "Nobody has said; find out before you pass on what it makes." },
    trainingData: [],
    numbers: [],
    inputSize: size,
    parameters,
    macs,
    paper: definition.paper,
    ...facts,
  };
  return parseCard(card, `card of ${card.name}`);
}
