import { stat } from "node:fs/promises";
import { Command } from "commander";
import { fromOnnx, printGraph, summarise } from "@mattelier/core/graph";
import { openModel } from "@mattelier/core/hub";
import { readModelFile } from "@mattelier/core/onnx/file";
import { MattelierError } from "@mattelier/core/util";
import { cacheDirFrom } from "../models/cache-dir.js";
import { namedModel } from "../models/named-model.js";
import { DEFINITIONS, inspectSheet } from "../inspect/sheet.js";

interface InspectFlags {
  readonly bind: Readonly<Record<string, number>>;
  readonly graph?: boolean;
  readonly json?: boolean;
}

/** `mattelier inspect`: what is in a model. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description("Print a model's inputs, outputs, opset, operators with counts, parameters, MACs and size.")
    .argument("<model>", "an .onnx file, or a model of `mattelier models list`")
    .option("--bind <name=size>", "a size for an axis that the model leaves open; may be repeated", bind, {})
    .option("--graph", "print the graph itself, a node a line")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  mattelier inspect model.onnx
  mattelier inspect isnet-imgly
  mattelier inspect model.onnx --bind height=320 --bind width=320
  mattelier inspect model.onnx --graph | less

${DEFINITIONS}`,
    )
    .action(async (model: string, flags: InspectFlags) => {
      // The operators are many, and no other command needs them.
      const { rules } = await import("@mattelier/core/ops");
      const path = await pathOf(model);
      const graph = fromOnnx(await readModelFile(path, { lazy: true }));
      const { summary, typed } = summarise(graph, rules, {
        bind: flags.bind,
        fileBytes: (await stat(path)).size,
      });
      const text =
        flags.json === true
          ? JSON.stringify(summary, undefined, 2)
          : flags.graph === true
            ? printGraph(typed).trimEnd()
            : inspectSheet(summary);
      process.stdout.write(`${text}\n`);
    });
}

/** A file stands for itself, whether or not it says how it wants its pictures; anything else is a model's name. */
async function pathOf(model: string): Promise<string> {
  if (/[/\\]|\.onnx$/i.test(model)) return model;
  const options = { cacheDir: cacheDirFrom(process.env) };
  return (await namedModel(model, () => openModel(model, options))).path;
}

function bind(text: string, bound: Readonly<Record<string, number>>): Record<string, number> {
  const [, name, size] = /^([A-Za-z_]\w*)=([1-9]\d*)$/.exec(text) ?? [];
  if (name === undefined)
    throw new MattelierError({
      code: "invalid-argument",
      where: "--bind",
      expected: "an axis' name and its size, such as height=320",
      got: JSON.stringify(text),
    });
  return { ...bound, [name]: Number(size) };
}
