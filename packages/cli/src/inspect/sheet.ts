import { MACS_ARE, PARAMETERS_ARE, type MacsSummary, type Summary } from "@mattelier/core/graph";
import { shownBytes, shownCount } from "../models/bytes.js";
import { plainTable } from "../plain-table.js";

/** Metadata longer than this is cut: a preprocessing or a card is for programs to read. */
const METADATA_WIDTH = 96;

/** A model's facts as `mattelier inspect` prints them. */
export function inspectSheet(summary: Summary): string {
  return [
    heading(summary),
    section("Inputs", ports(summary.inputs)),
    section("Outputs", ports(summary.outputs)),
    section("Operators", operators(summary)),
    section("Parameters", parameters(summary)),
    section("Multiply-accumulates", [macs(summary.macs)]),
    section("Metadata", metadata(summary.metadata)),
    section(
      "Operators that were refused",
      summary.refusals.map(({ node, reason }) => `${node}: ${reason}`),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");

function heading({ name, irVersion, producer, opsets, fileBytes, functions }: Summary): string {
  const versions = Object.entries(opsets).map(([domain, version]) => `${domain || "ai.onnx"} ${version}`);
  const facts = [
    `opset ${versions.join(", ")}`,
    irVersion === undefined ? "" : `IR version ${irVersion}`,
    producer === "" ? "" : `made by ${producer}`,
    fileBytes === undefined ? "" : exactly(shownBytes(fileBytes), `${fileBytes} bytes`),
    functions.length === 0 ? "" : `functions ${functions.join(", ")}`,
  ];
  return section(name === "" ? "(a graph without a name)" : name, [facts.filter(Boolean).join(", ")]);
}

const ports = (values: Summary["inputs"]): string[] =>
  values.map(({ name, type, isOptional }) => `${name}  ${type}${isOptional ? "  (optional)" : ""}`);

function operators({ operators }: Summary): string[] {
  const nested = operators.some((operator) => operator.nested > 0);
  const table = plainTable(
    ["Operator", "Count", ...(nested ? ["In subgraphs"] : []), "MACs"],
    ["left", "right", "right", "right"],
  );
  for (const { op, count, nested: inside, macs } of operators)
    table.push([op, String(count), ...(nested ? [String(inside)] : []), macs === 0 ? "" : shownCount(macs)]);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

function parameters({ parameters: total, weights }: Summary): string[] {
  const rows = weights.map(
    ({ dtype, tensors, elements, bytes }) =>
      `${dtype}: ${tensors} ${tensors === 1 ? "tensor" : "tensors"}, ${shownCount(elements)} elements, ${shownBytes(bytes)}`,
  );
  return [exactly(shownCount(total), String(total)), ...rows];
}

/** A rounded number with the exact one behind it, where they differ. */
const exactly = (shown: string, exact: string): string => (shown === exact ? shown : `${shown} (${exact})`);

const nodes = (count: number): string => (count === 1 ? "1 node" : `${count} nodes`);

function macs({ total, openNodes, openSymbols, unknownNodes }: MacsSummary): string {
  const missing = [
    openNodes === 0
      ? ""
      : `without ${nodes(openNodes)} that depend on ${openSymbols.join(", ")}: give ` +
        openSymbols.map((symbol) => `--bind ${symbol}=SIZE`).join(" "),
    unknownNodes === 0 ? "" : `without ${nodes(unknownNodes)} of unknown type`,
  ].filter(Boolean);
  return `${exactly(shownCount(total), String(total))}${missing.length === 0 ? "" : `, ${missing.join("; ")}`}`;
}

function metadata(entries: Summary["metadata"]): string[] {
  return Object.entries(entries).map(([key, value]) => {
    const line = value.replace(/\s+/g, " ");
    return `${key}: ${line.length > METADATA_WIDTH ? `${line.slice(0, METADATA_WIDTH - 1)}…` : line}`;
  });
}

/** What the numbers mean, for `--help`. */
export const DEFINITIONS = `Parameters: ${PARAMETERS_ARE}.\nMACs: ${MACS_ARE}.`;
