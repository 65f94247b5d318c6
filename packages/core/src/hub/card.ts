import * as z from "zod";
import { checkedPart, propertyFromMetadata } from "./metadata-json.js";

/** Metadata property of an .onnx that holds a {@link ModelCard} as JSON. */
export const CARD_KEY = "mattelier.card";

/** What a model is for. */
export type ModelTask =
  | "background-removal"
  | "portrait-matting"
  | "salient-object"
  | "dichotomous-segmentation"
  | "semantic-segmentation";

export interface Licence {
  /** SPDX expression; `NOASSERTION` when nobody has said. */
  readonly spdx: string;
  /** What the expression does not say: where it is stated, what it forbids here. */
  readonly note?: string;
}

export interface TrainingData {
  readonly name: string;
  readonly licence: Licence;
  readonly images?: number;
  readonly url?: string;
}

/** One measured number, with the command that gives it (or the paper or page that states it). */
export interface ModelNumber {
  /** Such as `mean IoU`, `MAE`. */
  readonly metric: string;
  readonly dataset: string;
  readonly value: number;
  readonly command: string;
}

/** What a person should know before using a model. */
export interface ModelCard {
  readonly version: 1;
  readonly name: string;
  readonly description?: string;
  readonly task: ModelTask;
  readonly licence: Licence;
  /** Empty when it is not known; the description then says so. */
  readonly trainingData: readonly TrainingData[];
  readonly numbers: readonly ModelNumber[];
  /** Where the file comes from: a URL, a package and version, a command. */
  readonly source?: string;
  /** The default input size, as a person reads it; the preprocessing is what counts when it runs. */
  readonly inputSize?: { readonly widthPx: number; readonly heightPx: number };
  /** Of the whole file, hexadecimal. A card inside a file cannot hold it; the registry's does. */
  readonly sha256?: string;
  readonly bytes?: number;
  readonly parameters?: number;
  /** Multiply-accumulates of one picture at the input size. */
  readonly macs?: number;
  readonly paper?: string;
}

const text = z.string().min(1);
const count = z.int().min(0);
const licence = z.strictObject({ spdx: text, note: text.exactOptional() });

/** Schema of {@link ModelCard}. */
export const cardSchema: z.ZodType<ModelCard> = z.strictObject({
  version: z.literal(1),
  name: text,
  description: text.exactOptional(),
  task: z.enum([
    "background-removal",
    "portrait-matting",
    "salient-object",
    "dichotomous-segmentation",
    "semantic-segmentation",
  ]),
  licence,
  trainingData: z.array(
    z.strictObject({
      name: text,
      licence,
      images: count.exactOptional(),
      url: text.exactOptional(),
    }),
  ),
  numbers: z.array(z.strictObject({ metric: text, dataset: text, value: z.number(), command: text })),
  source: text.exactOptional(),
  inputSize: z.strictObject({ widthPx: count.min(1), heightPx: count.min(1) }).exactOptional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits, lower case")
    .exactOptional(),
  bytes: count.exactOptional(),
  parameters: count.exactOptional(),
  macs: count.exactOptional(),
  paper: text.exactOptional(),
});

/**
 * Check a value, such as parsed JSON.
 * @param where what it came with: a file or a model's name
 * @throws MattelierError `invalid-model` naming the key
 */
export function parseCard(value: unknown, where: string): ModelCard {
  return checkedPart(cardSchema, value, { where: `${where}: card` });
}

/**
 * Read the card out of a model's metadata properties.
 * @param where the model's file or name, for errors
 * @returns undefined when the model carries none
 * @throws MattelierError `invalid-model` naming the key that does not fit
 */
export function cardFromMetadata(
  metadata: Readonly<Record<string, string>>,
  where: string,
): ModelCard | undefined {
  return propertyFromMetadata(metadata, CARD_KEY, { schema: cardSchema, where });
}

/** The metadata property that carries a card: spread it into a graph's `metadata`. */
export function cardToMetadata(card: ModelCard): Record<string, string> {
  return { [CARD_KEY]: JSON.stringify(card) };
}
