import * as z from "zod";
import { schedules } from "../../../optim/index.js";

const length = z.number().positive();
const factor = z.number().positive();
const gamma = factor.optional().describe("what it is multiplied by then. Default: 0.1");
const steps = length.optional().describe("how long. Default: the run");
const end = z.number().min(0).optional().describe("factor at the end. Default: 0");
const momentum = z.number().min(0).lt(1);

/** Every schedule but warm-up, which goes before one of these; each with more settings. */
const alternatives = <S extends z.ZodRawShape>(more: S) =>
  [
    z.strictObject({ kind: z.literal("constant"), ...more }),
    z.strictObject({
      kind: z.literal("step"),
      every: length.describe("how often the rate falls"),
      gamma,
      ...more,
    }),
    z.strictObject({
      kind: z.literal("multi-step"),
      milestones: z.array(z.number().min(0)).min(1).describe("when the rate falls"),
      gamma,
      ...more,
    }),
    z.strictObject({
      kind: z.literal("exponential"),
      gamma: factor.describe("what the rate is multiplied by each time"),
      ...more,
    }),
    z.strictObject({ kind: z.literal("cosine"), steps, end, ...more }),
    z.strictObject({
      kind: z.literal("polynomial"),
      steps,
      power: z.number().positive().optional().describe("Default: 1"),
      end,
      ...more,
    }),
    z.strictObject({
      kind: z.literal("one-cycle"),
      steps,
      rise: z.number().gt(0).lt(1).optional().describe("share that goes up. Default: 0.3"),
      divideBy: z.number().min(1).optional().describe("what the first rate is divided by. Default: 25"),
      finalDivideBy: z.number().min(1).optional().describe("and the last, once more. Default: 10000"),
      momentum: z
        .union([z.tuple([momentum, momentum]), z.literal(false)])
        .optional()
        .describe("at the peak and at the ends, or false. Default: [0.85, 0.95]"),
      ...more,
    }),
  ] as const;

const unit = z.enum(["step", "epoch"]).optional().describe("what lengths count. Default: step");

const warmUp = z.strictObject({
  kind: z.literal("warm-up"),
  steps: length.describe("how long the rate rises"),
  from: z.number().min(0).max(1).optional().describe("factor at the beginning. Default: 0.1"),
  then: z
    .discriminatedUnion("kind", alternatives({}))
    .optional()
    .describe("another schedule. Default: constant"),
  combine: z
    .enum(["after", "times", "min"])
    .optional()
    .describe("after the rise (default), times it, or the lower of both"),
  unit,
});

/** Kinds that need settings, and what those look like. */
const NEEDY: Readonly<Record<string, string>> = {
  step: "{kind: step, every: 10}",
  "multi-step": "{kind: multi-step, milestones: [10, 20]}",
  exponential: "{kind: exponential, gamma: 0.99}",
  "warm-up": "{kind: warm-up, steps: 100, then: {kind: cosine}}",
};

const needless = Object.keys(schedules).filter((kind) => !Object.hasOwn(NEEDY, kind));

/** A schedule as a configuration says it: the name of one that needs no settings, or the name as `kind` with them. */
export const scheduleSchema = z.union([
  z.enum(needless as ("constant" | "cosine" | "polynomial" | "one-cycle")[], {
    error: ({ input }) =>
      typeof input === "string" && Object.hasOwn(NEEDY, input)
        ? `its settings in a configuration file, such as ${NEEDY[input]}`
        : undefined,
  }),
  z.discriminatedUnion("kind", [...alternatives({ unit }), warmUp]),
]);
