import { architectures, networkFacts, type NetworkFacts } from "@mattelier/core/models";
import { MattelierError } from "@mattelier/core/util";
import { shownCount } from "./bytes.js";
import { sheet } from "./show.js";

/** A network that can be built, trained and exported, as people and programs read it. */
export interface NetworkDescription extends NetworkFacts {
  readonly name: string;
  readonly task: string;
  readonly paper: string;
  readonly heads: readonly string[];
  readonly finalHead: string;
  /** Sides of the input are multiples of it. */
  readonly sizeMultiple: number;
}

/**
 * @param sizeText WIDTHxHEIGHT to count multiply-accumulates at
 * @returns undefined when no network has this name
 */
export function describeNetwork(name: string, sizeText?: string): NetworkDescription | undefined {
  const definition = architectures.find((one) => one.name === name);
  if (definition === undefined) return undefined;
  const { task, paper, heads, sizeMultiple } = definition;
  const facts = networkFacts(definition, sizeText === undefined ? definition.paperSize : sizeOf(sizeText));
  return { name, task, paper, heads: heads.all, finalHead: heads.final, sizeMultiple, ...facts };
}

/** The network, its numbers without any weights. */
export function networkSheet(network: NetworkDescription): string {
  const { size, macs, trainingMacs, parameters, sizeMultiple } = network;
  const at = `at ${size.widthPx}x${size.heightPx}`;
  const exact = (count: number): string => `${shownCount(count)} (${count})`;
  return sheet(`${network.name}: a network`, [
    ["Task", [network.task]],
    ["Parameters", [exact(parameters)]],
    [
      "MACs",
      macs === trainingMacs
        ? [`${exact(macs)} ${at}`]
        : [
            `${exact(macs)} ${at}, to infer ${network.finalHead}`,
            `${exact(trainingMacs)} ${at}, with all heads`,
          ],
    ],
    ["Input", [sizeMultiple === 1 ? "sides of any size" : `sides that are multiples of ${sizeMultiple}`]],
    ["Heads", [network.heads.join(", ")]],
    ["Paper", [network.paper]],
    ["Weights", [`mattelier import FILE --model ${network.name} -o ${network.name}.onnx`]],
  ]);
}

function sizeOf(text: string): { widthPx: number; heightPx: number } {
  const match = /^([1-9]\d*)(?:x([1-9]\d*))?$/i.exec(text);
  if (match) return { widthPx: Number(match[1]), heightPx: Number(match[2] ?? match[1]) };
  throw new MattelierError({
    code: "invalid-argument",
    where: "--size",
    expected: "WIDTHxHEIGHT in pixels, such as 320x320",
    got: text,
  });
}
