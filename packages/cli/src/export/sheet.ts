import type { Preprocessing } from "@mattelier/core/hub";
import { shownBytes, shownCount } from "../models/bytes.js";
import type { Converted } from "./run.js";

/** What was made, for people. */
export function convertedSheet({ output, bytes, network, notes, fit, onnx }: Converted): string {
  const lines: [label: string, text: string][] = [["Network", network]];
  if (fit !== undefined) {
    lines.push(["Weights", `${fit.loaded} tensors loaded`]);
    lines.push(...listed("Missing", fit.missing, "begun afresh"));
    lines.push(...listed("Unexpected", fit.unexpected, "left out"));
    lines.push(
      ...listed(
        "Misshapen",
        fit.misshapen.map(({ key, expected, got }) => `${key} ${got} instead of ${expected}`),
        "begun afresh",
      ),
    );
  }
  for (const note of notes) lines.push(["", note]);
  if (onnx !== undefined) {
    const { card, preprocessing } = onnx;
    const { widthPx, heightPx } = card.inputSize!;
    const open = preprocessing === undefined ? "" : openSize(preprocessing);
    const what = preprocessing === undefined ? "masks" : "normalised pictures";
    lines.push(["Input", `${what}, ${widthPx}x${heightPx}${open}`]);
    lines.push(["Outputs", onnx.heads.join(", ")]);
    lines.push(["Opset", String(onnx.opset)]);
    const kept = onnx.kept.length === 0 ? "" : `, ${onnx.kept.length} kept (${onnx.kept[0]!}…)`;
    lines.push(["Folded", `${onnx.folded} batch normalisations${kept}`]);
    lines.push(["Size", `${shownCount(card.parameters!)} parameters, ${shownCount(card.macs!)} MACs`]);
    lines.push(["Licence", card.licence.spdx]);
  }
  return [
    `Wrote ${output} (${shownBytes(bytes)})`,
    ...lines.map(([label, text]) => `  ${label.padEnd(12)}${text}`),
  ].join("\n");
}

function openSize({ input }: Preprocessing): string {
  if (input.kind !== "dynamic") return "";
  return input.multipleOf === 1 ? ", or any other size" : `, or any multiples of ${input.multipleOf}`;
}

/** At most this many names of a kind. */
const SHOWN = 8;

function listed(label: string, names: readonly string[], what: string): [string, string][] {
  if (names.length === 0) return [];
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : "";
  return [[label, `${names.length}, ${what}: ${names.slice(0, SHOWN).join(", ")}${more}`]];
}
