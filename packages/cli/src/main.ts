import { Command, CommanderError } from "commander";
import { readFileSync } from "node:fs";
import { fileError, removeUnfinished } from "@mattelier/core/files";
import { MattelierError } from "@mattelier/core/util";
import { exportCommand, importCommand } from "./commands/export.js";
import { datasetCommand } from "./commands/dataset.js";
import { inspectCommand } from "./commands/inspect.js";
import { modelsCommand } from "./commands/models.js";
import { removeCommand } from "./commands/remove.js";
import { trainCommand } from "./commands/train.js";
import { EXIT, exitCodeOf } from "./exit-codes.js";
import { renderError } from "./render-error.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("mattelier")
  .description("Take the background out of pictures.")
  .version(version)
  .option("--debug", "print stack traces with errors")
  .showSuggestionAfterError()
  .addCommand(removeCommand(), { isDefault: false })
  .addCommand(trainCommand())
  .addCommand(modelsCommand())
  .addCommand(inspectCommand())
  .addCommand(datasetCommand())
  .addCommand(exportCommand())
  .addCommand(importCommand())
  .addHelpText(
    "after",
    `
Examples:
  mattelier remove photo.jpg                      photo-cutout.png beside it
  mattelier remove photos/ -o cutouts/            a whole folder, mirrored
  mattelier models list                           the models that are there
  mattelier inspect model.onnx                    what is in a model
  mattelier dataset check photos/                 what is wrong with training pictures
  mattelier import u2net.pth --model u2net -o u2net.onnx   published weights as a model

Exit codes:
  ${EXIT.ok}    everything was done
  ${EXIT.someFailed}    done, but some pictures failed; each was named
  ${EXIT.usage}    wrong flags, arguments or files; nothing was done
  ${EXIT.unavailable}    the model or the provider asked for is not available
  ${EXIT.internal}   a bug in mattelier
  ${EXIT.interrupted}  stopped by Ctrl-C, cleanly: no half-written file
  ${EXIT.brokenPipe}  nobody reads standard output any more

Environment:
  MATTELIER_CACHE  folder for models, instead of the user's cache folder`,
  );

for (const command of [program, ...program.commands, ...program.commands.flatMap((c) => c.commands)])
  command.exitOverride().configureOutput({
    // A suggestion comes on a second line; an error is one.
    outputError: (text, write) => {
      write(text.replace(/\n(?=\()/, " "));
    },
  });
process.stdout.on("error", whenStdoutFails);
process.on("exit", removeUnfinished);

/** Nothing more can be told: a reader that has gone needs no words, a full disk does. */
function whenStdoutFails(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(EXIT.brokenPipe);
  console.error(renderError(fileError(error, { where: "standard output", doing: "writing" })));
  process.exit(EXIT.someFailed);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    console.error(renderError(error, { debug: program.opts<{ debug?: boolean }>().debug ?? false }));
    process.exitCode = error instanceof MattelierError ? exitCodeOf(error) : EXIT.internal;
  }
}
