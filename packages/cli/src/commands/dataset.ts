import { Command, Option } from "commander";
import * as z from "zod";
import {
  augmentations,
  checkDataset,
  findDataset,
  layouts,
  MASK_VALUES,
  type LayoutName,
  type MaskValues,
} from "@mattelier/core/data";
import { checkedBy } from "@mattelier/core/util";
import { writePreview } from "../dataset/preview.js";
import { reportText } from "../dataset/report-table.js";
import { EXIT } from "../exit-codes.js";
import { interruptible } from "../models/interrupt.js";
import { createProgress } from "../progress.js";

/** `mattelier dataset`: look at training pictures before they are trained on. */
export function datasetCommand(): Command {
  return new Command("dataset")
    .description("Check sets of training pictures, and look at what augmentation makes of them.")
    .addCommand(checkCommand())
    .addCommand(previewCommand())
    .addHelpText("after", LAYOUTS);
}

const LAYOUTS = `
Layouts that are recognised:
${layouts.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join("\n")}
Folders of such folders (DUTS-TR and DUTS-TE, DIS-TR and DIS-VD) are taken together.`;

interface CheckFlags {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly against?: string;
  readonly layout?: LayoutName;
  readonly images?: string;
  readonly masks?: string;
  readonly maskValues?: MaskValues;
}

function checkCommand(): Command {
  return new Command("check")
    .description(
      "Find missing pairs, broken files, masks of another size, empty and inverted masks, labels taken for opacity, and near-duplicates.",
    )
    .argument("<folder>", "a set of training pictures, or a list file of pairs")
    .option("--json", "print JSON, every finding in it")
    .option("--strict", "let warnings count as errors")
    .option("--against <folder>", "another set: find pictures of this one that look like one of it")
    .addOption(
      new Option("--layout <name>", "how the folder is to be understood").choices(
        layouts.map(({ name }) => name),
      ),
    )
    .option("--images <name>", "the folder of photos in it")
    .option("--masks <name>", "the folder of masks in it")
    .addOption(
      new Option(
        "--mask-values <kind>",
        "what masks hold: opacity, or classes by number (0 and 255 are not subject) or by colour",
      ).choices(MASK_VALUES),
    )
    .addHelpText(
      "after",
      `
Examples:
  mattelier dataset check photos/                        photos/images and photos/masks
  mattelier dataset check set/ --images in --masks out   folders of other names
  mattelier dataset check DUTS/ --json > findings.json
  mattelier dataset check train/ --against val/          pictures that are in both

With --against, sizes, compression and small changes of tone do not hide that two pictures are the same; the other set's
files are not checked otherwise.

Exit code ${EXIT.someFailed} when there are errors (pairs without partner, files that cannot be read, sizes that differ), and with
--strict when there are warnings.`,
    )
    .action(async (folder: string, flags: CheckFlags) => {
      const { layout, images, masks, maskValues } = flags;
      const dataset = await findDataset(folder, { layout, images, masks, maskValues });
      const against = flags.against === undefined ? undefined : await findDataset(flags.against);
      const progress = createProgress({
        total: dataset.samples.length + (against?.samples.length ?? 0),
        unit: "samples",
        quiet: flags.json === true || !process.stderr.isTTY,
      });
      const report = await interruptible((signal) =>
        checkDataset(dataset, {
          signal,
          against,
          onProgress: () => {
            progress.step("");
          },
        }),
      ).finally(() => {
        progress.stop();
      });
      const text =
        flags.json === true
          ? JSON.stringify(report, undefined, 2)
          : reportText(folder, report, flags.against);
      process.stdout.write(`${text}\n`);
      const isBad = report.errors > 0 || (flags.strict === true && report.warnings > 0);
      process.exitCode = isBad ? EXIT.someFailed : EXIT.ok;
    });
}

const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
const bandPx = z.number({ error: "LOW,HIGH in pixels" }).int({ error: "whole pixels" }).min(0).max(512);
const previewSchema = z.object({
  output: z.string().min(1),
  size: whole(16, 2048),
  count: whole(1, 400),
  columns: whole(1, 40),
  seed: whole(0, 2 ** 32 - 1),
  backgrounds: z.array(z.string()).default([]),
  augment: z.string().optional(),
  trimap: z
    .string()
    .transform((text) => text.split(",").map(Number))
    .pipe(z.tuple([bandPx, bandPx]).refine(([low, high]) => low <= high, { error: "the low end first" }))
    .optional(),
});

function previewCommand(): Command {
  return new Command("preview")
    .description(
      "Write a contact sheet of augmented samples: picture, matte, the background veiled, perhaps the trimap.",
    )
    .argument("<folder>", "a set of training pictures, or a list file of pairs")
    .option("-o, --output <file>", "the PNG to write", "preview.png")
    .option("--augment <file>", "YAML or JSON with a list of augmentations, or a training configuration")
    .option("--backgrounds <folder...>", "photos to compose cut-outs on")
    .option(
      "--trimap <low,high>",
      "show trimaps too, half their band's width drawn from this range of pixels",
    )
    .option("--size <pixels>", "side of a sample", "256")
    .option("--count <n>", "samples", "12")
    .option("--columns <n>", "samples side by side", "2")
    .option("--seed <n>", "another seed shows others", "0")
    .addHelpText(
      "after",
      `
Examples:
  mattelier dataset preview photos/ -o sheet.png
  mattelier dataset preview photos/ --augment run.yaml --count 24 --columns 3
  mattelier dataset preview cutouts/ --backgrounds landscapes/
  mattelier dataset preview people/ --size 512 --trimap 5,20

Augmentations, as in [{ "rotate": { "degrees": [-20, 20] }, "probability": 0.5 }, "hue"]:
${augmentations.map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`).join("\n")}`,
    )
    .action(async (folder: string, raw: Record<string, unknown>) => {
      const { augment, trimap, ...options } = checkedBy(previewSchema, raw, {
        where: (path) => `--${path}`,
        code: "invalid-argument",
        fix: "see mattelier dataset preview --help",
      });
      const said = await interruptible((signal) =>
        writePreview(folder, { ...options, augment, trimap, signal }),
      );
      process.stdout.write(`${said.join("\n")}\n${options.output}: ${options.count} samples\n`);
    });
}
