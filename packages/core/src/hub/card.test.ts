import { describe, expect, it } from "vitest";
import { cardFromMetadata, cardToMetadata, parseCard, type ModelCard } from "./card.js";
import { IMGLY_MODELS } from "./packages/imgly.js";

const card: ModelCard = {
  version: 1,
  name: "u2net-own",
  task: "salient-object",
  licence: { spdx: "Apache-2.0", note: "Ours." },
  trainingData: [{ name: "our photos", licence: { spdx: "CC0-1.0" }, images: 97 }],
  numbers: [{ metric: "mean IoU", dataset: "held out", value: 0.921, command: "npm run tool -- evaluate" }],
  parameters: 44_009_869,
  paper: "arXiv:2005.09007",
};

describe("card", () => {
  it("goes through metadata unchanged", () => {
    for (const one of [card, ...IMGLY_MODELS.map((model) => model.card)])
      expect(cardFromMetadata(cardToMetadata(one), "m.onnx")).toEqual(one);
    expect(cardFromMetadata({}, "m.onnx")).toBeUndefined();
  });

  it("is refused with the key that does not fit", () => {
    const refused = (change: object, path: string): void => {
      expect(() => parseCard({ ...card, ...change }, "m.onnx")).toThrow(
        expect.objectContaining({ code: "invalid-model", where: `m.onnx: card${path}` }),
      );
    };
    refused({ licence: undefined }, ", key licence");
    refused({ licence: { spdx: "" } }, ", key licence.spdx");
    refused({ numbers: [{ ...card.numbers[0], value: "92.1" }] }, ", key numbers.0.value");
    refused({ task: "colourising" }, ", key task");
    refused({ sha256: "ABC" }, ", key sha256");
    refused({ author: "me" }, "");
  });

  it("of every built-in model names its licence and file", () => {
    for (const { card: builtIn, file } of IMGLY_MODELS) {
      expect(parseCard(builtIn, builtIn.name)).toEqual(builtIn);
      expect(builtIn).toMatchObject({
        sha256: file.sha256,
        bytes: file.bytes,
        licence: { spdx: "AGPL-3.0-only" },
      });
      expect(builtIn.licence.note).toMatch(/not the default for published packages/i);
    }
  });
});
