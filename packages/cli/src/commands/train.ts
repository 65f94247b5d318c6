import { join } from "node:path";
import { Command } from "commander";
import { cacheDirFrom } from "../models/cache-dir.js";
import { interruptible } from "../models/interrupt.js";
import { EXIT } from "../exit-codes.js";

import { configFromFlags, refuseBesidesResume } from "../train/config-from-flags.js";
import type { TrainFlags } from "../train/flags.js";
import { createTrainProgress } from "../train/progress.js";

const list = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `mattelier train`: photos and masks in, weights and a report out. */
export function trainCommand(): Command {
  return new Command("train")
    .description("Train a network on photos and masks, from flags or from a configuration file.")
    .option(
      "-c, --config <file>",
      "YAML or JSON with any of the keys that --keys lists; flags come before it",
    )
    .option("-m, --model <name>", "the network: unet, u2netp, u2net, isnet, modnet, ...")
    .option("-o, --out <folder>", "where the run goes (default: runs/MODEL)")
    .optionsGroup("Data:")
    .option("-d, --data <folder>", "labelled set, found by its layout; may be repeated", list)
    .option("--train-split <file>", "names of --data to train on")
    .option("--val-split <file>", "names of --data to validate on")
    .option("--val <folder>", "labelled set to validate on, in place of a part of --data")
    .option("--unlabelled <folder>", "photos without masks, for --semi; may be repeated", list)
    .option("--backgrounds <folder>", "photos to lay cut-outs on; may be repeated", list)
    .option("--augment <file>", "YAML or JSON with a list of augmentations, or a configuration that has one")
    .optionsGroup("Training:")
    .option("--size <px>", "side of the square pictures")
    .option("--val-size <px>", "side to validate at, where it is another")
    .option("--batch <n>", "pictures a step")
    .option("--accumulate <n>", "micro-batches a step")
    .option("--epochs <n>", "at most so many")
    .option("--steps <n>", "end after so many steps")
    .option("--time-budget <time>", "end after so long: 30m, 1h30m")
    .option("--loss <name>", "paper, bce, dice, iou, combo, focal, tversky, ...")
    .option("--optimiser <name>", "sgd, adam or adamw, with --lr")
    .option("--lr <rate>", "learning rate")
    .option("--weight-decay <factor>", "weight decay")
    .option("--schedule <name>", "constant, cosine, polynomial or one-cycle; others in --config")
    .option("--warm-up <steps>", "let the learning rate rise for so long")
    .option("--lr-group <path=factor>", "learning rate of a part: backbone=0.1; may be repeated", list)
    .option("--freeze <path>", "part to leave as it is, such as backbone; may be repeated", list)
    .option("--frozen-norm", "keep batch normalisation as in evaluation")
    .option("--clip-norm <norm>", "clip the gradient to this L2 norm")
    .option("--ema <decay>", "average the weights, such as 0.999")
    .option("--init <file>", "weights to begin with: .safetensors, .pth, .onnx")
    .option("--backbone <file>", "weights of its backbone alone to begin with: .json, .safetensors, .pth")
    .option("--partial", "of these load what fits")
    .option(
      "--monitor <metric>",
      "whose best epoch is kept (val_iou), and what the next two watch (val_loss); or val_dice, val_mae, val_mse, loss",
    )
    .option("--early-stopping [epochs]", "end when it has not gained for so long (8)")
    .option("--reduce-on-plateau [epochs]", "lower the learning rate when it has not (4)")
    .option("--callback <file>", "module whose default export makes a callback; may be repeated", list)
    .option("--semi <method>", "self-training, mean-teacher or soc, with --unlabelled")
    .option("--seed <n>", "of everything random")
    .option("--workers <n>", "threads that load data")
    .option("--threads <n>", "threads of the engine")
    .option("--replicas <n>", "micro-batches of --accumulate to compute side by side: faster on a CPU")
    .option("--provider <name>", "auto, cpu, cuda, tensorrt, coreml, dml, webgpu")
    .option("--autotune", "measure first which recipes of convolutions are fastest here")
    .optionsGroup("The run:")
    .option("--resume <folder>", "go on with a run that was interrupted")
    .option("--force", "overwrite the run that is in --out")
    .option("--json", "print events as lines of JSON")
    .option("--keys", "print all keys of the configuration, with their defaults")
    .addHelpText("after", HELP)
    .action(async (flags: TrainFlags) => {
      // The trainer is loaded when it is needed: the other commands start without it.
      const { describeConfig, parseRunConfig, resumeTraining, train } =
        await import("@mattelier/core/train/run");
      if (flags.keys === true) {
        process.stdout.write(`${describeConfig()}\n`);
        return;
      }
      const progress = createTrainProgress({ json: flags.json === true });
      const result = await interruptible(async (signal) => {
        const autotuneFile = join(cacheDirFrom(process.env), "autotune.json");
        const options = { signal, onEvent: progress.onEvent, autotuneFile };
        try {
          if (flags.resume !== undefined) {
            refuseBesidesResume(flags);
            return await resumeTraining(flags.resume, options);
          }
          const { input, where, out } = await configFromFlags(flags);
          return await train(parseRunConfig(input, where), out, { ...options, force: flags.force });
        } finally {
          progress.stop();
        }
      });
      progress.conclude(result);
      if (result.isInterrupted) process.exitCode = EXIT.interrupted;
    });
}

const HELP = `
Examples:
  mattelier train --model unet --data photos --size 256 --batch 8 --epochs 20 --loss combo --out runs/first
  mattelier train --model u2netp --data ecssd --train-split train.txt --val-split val.txt --time-budget 30m
  mattelier train --config recipes/modnet.yaml --data people --backbone mobilenetv2.json
  mattelier train --resume runs/first

A run's folder holds config.json, metrics.jsonl, checkpoints/, samples/, tensorboard/ and report.html. Ctrl-C saves and
ends; --resume goes on to what an unbroken run would have given. checkpoints/best.safetensors goes into
mattelier export --weights.

mattelier train --keys lists every key of a configuration: what it may be (networks, losses, optimisers, schedules,
augmentations with their settings), and its default.`;
