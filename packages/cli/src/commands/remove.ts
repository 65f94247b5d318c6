import { Command, Option } from "commander";
import { interruptible } from "../models/interrupt.js";
import { parseRemoveFlags } from "../remove/flags.js";
import { runRemove } from "../remove/run.js";

/** `mattelier remove`: pictures in, cut-outs out. */
export function removeCommand(): Command {
  return new Command("remove")
    .description(
      "Take the background out of pictures: files, patterns, whole folders, or standard input (-).",
    )
    .argument(
      "<input...>",
      "pictures, quoted patterns, folders (with all below them), or - for standard input",
    )
    .option(
      "-o, --output <path>",
      "file or folder for results, - for standard output (default: beside the picture)",
    )
    .option("-m, --model <name>", "a model of `mattelier models list`, or an .onnx file")
    .addOption(
      new Option(
        "--provider <name>",
        "where the network runs: auto, cpu, cuda, tensorrt, coreml, dml, webgpu",
      ).default("auto"),
    )
    .option("--threads <n>", "threads of the network (default: the machine's cores)")
    .optionsGroup("What comes out:")
    .option("--mask", "the matte alone, in grey")
    .option("--background <what>", "a colour (white, #08f), a picture, blur, or blur:RADIUS")
    .option("--invert", "keep the background, take out the subject")
    .option("--crop [margin]", "crop to the subject, with a margin in pixels or per cent: 20, 5%")
    .option("--threshold <alpha>", "make the edge hard at this alpha, 0 to 1")
    .option("--feather <radius>", "soften the edge by so many pixels")
    .option("--no-foreground", "leave the edge's colours as they are (faster; halos may show)")
    .option(
      "-f, --format <name>",
      "png, webp, avif, tiff, jpeg, gif (default: by --output, else png; webp for animations)",
    )
    .option("-q, --quality <n>", "1 to 100, for webp, avif and jpeg")
    .optionsGroup("How it goes:")
    .option("-j, --jobs <n>", "pictures worked on at once (default: 2)")
    .option("--force", "redo results that are there already")
    .option("--watch", "go on with pictures that appear in the folders, until Ctrl-C")
    .option("--json", "print one line of JSON a picture")
    .option("--max-megapixels <n>", "largest picture to read (default: 100)")
    .addHelpText(
      "after",
      `
Examples:
  mattelier remove photo.jpg                                photo-cutout.png beside it
  mattelier remove photos/ -o cutouts/                      a folder, mirrored; done ones are skipped
  mattelier remove "shop/**/*.jpg" -o out --background white --crop 5% --format jpeg
  mattelier remove portrait.jpg -o call.webp --background blur:20
  mattelier remove photo.jpg -o mask.png --mask
  cat photo.jpg | mattelier remove - > cutout.png
  mattelier remove inbox/ -o outbox/ --watch

One bad picture never stops the others: it is named, the rest is done, and the exit code is 1.
Ctrl-C drops the pictures under way and leaves no half-written file; the same command later goes on where it stopped.
mattelier --help lists the exit codes.`,
    )
    .action(async (inputs: string[], raw: Record<string, unknown>, command: Command) => {
      const flags = parseRemoveFlags(raw);
      const { debug = false } = command.optsWithGlobals<{ debug?: boolean }>();
      process.exitCode = await interruptible((signal) => runRemove(inputs, flags, { signal, debug }));
    });
}
