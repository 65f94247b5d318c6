import type { AddedModel, ModelEntry, Port, Preprocessing, PreprocessingPart } from "@mattelier/core/hub";
import { defaultInputSize } from "@mattelier/core/hub";
import { plainTable } from "../plain-table.js";
import { shownBytes, shownCount } from "./bytes.js";

const ORIGINS: Readonly<Record<ModelEntry["origin"], string>> = {
  package: "npm package",
  user: "yours",
  file: "a file",
};

/** One line a model. */
export function modelTable(models: readonly ModelEntry[], defaultName: string | undefined): string {
  const table = plainTable(["", "Name", "Task", "Input", "Size", "Licence", "From"]);
  for (const { name, origin, card, preprocessing, path } of models) {
    table.push([
      name === defaultName ? "*" : "",
      name,
      card.task,
      shownSize(preprocessing),
      card.bytes === undefined ? "" : shownBytes(card.bytes),
      card.licence.spdx,
      `${ORIGINS[origin]}${path === undefined ? "" : origin === "package" ? ", in the cache" : ""}`,
    ]);
  }
  return table.toString();
}

/** All that is known of a model, its licence first. */
export function modelSheet({ name, card, preprocessing, path }: ModelEntry): string {
  const { licence, trainingData, numbers } = card;
  return sheet(name, [
    ["Licence", [licence.spdx, licence.note]],
    ["What", [card.description]],
    ["Task", [card.task]],
    ["Input", [`${shownSize(preprocessing)}, ${shownResize(preprocessing)}`, shownPixels(preprocessing)]],
    ["Output", [shownOutput(preprocessing)]],
    ["Size", [card.bytes === undefined ? undefined : `${shownBytes(card.bytes)} (${card.bytes} bytes)`]],
    ["SHA-256", [card.sha256]],
    [
      "Parameters",
      [card.parameters === undefined ? undefined : `${shownCount(card.parameters)} (${card.parameters})`],
    ],
    ["MACs", [card.macs === undefined ? undefined : `${shownCount(card.macs)} at the input size`]],
    [
      "Trained on",
      trainingData.length === 0
        ? ["nobody has said"]
        : trainingData.map(
            ({ name: data, licence: { spdx, note } }) =>
              `${data} (${spdx}${note === undefined ? "" : `: ${note}`})`,
          ),
    ],
    [
      "Numbers",
      numbers.map(({ metric, dataset, value, command }) => `${metric} on ${dataset}: ${value} (${command})`),
    ],
    ["Source", [card.source]],
    ["Paper", [card.paper]],
    ["File", [path ?? "not in the cache yet: put together at its first use"]],
  ]);
}

/** What was found about a model that was just added, and from where. */
export function addedSheet({ model, from, facts }: AddedModel): string {
  const { preprocessing: p } = model;
  const said = (part: PreprocessingPart): string => `(${WHERE_FROM[from[part]]})`;
  return sheet(`Added ${model.name}`, [
    ["Licence", [model.card.licence.spdx, model.card.licence.note]],
    [
      "Network",
      [`in: ${facts.inputs.map(shownPort).join("; ")}`, `out: ${facts.outputs.map(shownPort).join("; ")}`],
    ],
    ["Input", [`${shownSize(p)} ${said("input")}`, `${shownResize(p)} ${said("resize")}`]],
    ["Channels", [`${p.channelOrder} ${said("channelOrder")}`]],
    [
      "Pixels",
      [
        `divided by ${p.scale} ${said("scale")}`,
        `mean ${p.mean.join(", ")} ${said("mean")}`,
        `std ${p.std.join(", ")} ${said("std")}`,
      ],
    ],
    [
      "Output",
      [
        `${String(p.output.head)} ${said("head")}`,
        `activation ${p.output.activation} ${said("activation")}`,
        `min-max ${p.output.minMax ? "yes" : "no"} ${said("minMax")}`,
      ],
    ],
    ["SHA-256", [model.card.sha256]],
    ["File", [model.path]],
  ]);
}

const shownPort = ({ name, dtype, shape }: Port): string =>
  `${name} ${dtype ?? "of unknown type"} [${shape?.join(", ") ?? "?"}]`;

const WHERE_FROM = {
  given: "as given",
  metadata: "from the file's metadata",
  graph: "as the network shows",
  default: "by default",
} as const;

/** A title, and under it labelled lines. */
export function sheet(
  title: string,
  rows: readonly (readonly [string, readonly (string | undefined)[]])[],
): string {
  const lines = [title];
  for (const [label, values] of rows) {
    const known = values.filter((value) => value !== undefined);
    for (const [i, line] of known.flatMap((value) => wrapped(value, 84)).entries())
      lines.push(`  ${(i === 0 ? label : "").padEnd(12)}${line}`);
  }
  return lines.join("\n");
}

function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

function shownSize(preprocessing: Preprocessing): string {
  const { widthPx, heightPx } = defaultInputSize(preprocessing);
  const { input } = preprocessing;
  return `${widthPx}x${heightPx}${input.kind === "dynamic" ? `, or any multiple of ${input.multipleOf}` : ""}`;
}

function shownResize({ resize: { rule, kernel, antialias, coordinates } }: Preprocessing): string {
  return `${rule}, ${kernel} ${antialias ? "with" : "without"} antialiasing, ${coordinates}`;
}

function shownPixels({ channelOrder, scale, mean, std }: Preprocessing): string {
  return `${channelOrder}, (byte / ${scale} - [${mean.join(", ")}]) / [${std.join(", ")}]`;
}

function shownOutput({ output: { head, kind, activation, minMax } }: Preprocessing): string {
  const steps = [activation === "none" ? "" : `, then ${activation}`, minMax ? ", then min-max" : ""];
  return `${typeof head === "number" ? `output ${head}` : head}: ${kind}${steps.join("")}`;
}
