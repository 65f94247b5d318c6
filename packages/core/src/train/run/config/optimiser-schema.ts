import * as z from "zod";
import type { OptimiserKind, OptimiserSpec } from "../../../optim/index.js";

const decay = z.number().min(0).lt(1);
const common = {
  lr: z.number().positive().optional().describe("learning rate; needed here or as lr"),
  weightDecay: z.number().min(0).optional().describe("Default: 0, with adamw 0.01"),
};
const moments = {
  betas: z.tuple([decay, decay]).optional().describe("decay of the two moments. Default: [0.9, 0.999]"),
  eps: z.number().positive().optional().describe("Default: 1e-8"),
};

/** An optimiser whose learning rate may be said elsewhere. */
type Settings<K extends OptimiserKind> = Omit<Extract<OptimiserSpec, { readonly kind: K }>, "lr"> & {
  readonly lr?: number | undefined;
};

/** Every optimiser with its settings. One without an entry does not compile. */
const kinds = {
  sgd: z.strictObject({
    kind: z.literal("sgd"),
    ...common,
    momentum: decay.optional().describe("Default: 0"),
    dampening: z.number().min(0).max(1).optional().describe("Default: 0"),
    nesterov: z.boolean().optional().describe("look ahead by a step of momentum. Default: false"),
  }),
  adam: z.strictObject({ kind: z.literal("adam"), ...common, ...moments }),
  adamw: z.strictObject({ kind: z.literal("adamw"), ...common, ...moments }),
} satisfies { readonly [K in OptimiserKind]: z.ZodType<Settings<K>> };

type AnyKind = (typeof kinds)[OptimiserKind];

/** An optimiser as a configuration says it. */
export const optimiserSchema = z.discriminatedUnion("kind", Object.values(kinds) as [AnyKind, ...AnyKind[]]);
