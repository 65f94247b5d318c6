import * as z from "zod";
import { losses, type LossName, type LossSpec } from "../../../losses/index.js";

const from = z
  .enum(["logits", "probabilities"])
  .optional()
  .describe("what the network gives. Default: found out");
const reduction = z.enum(["mean", "sum"]).optional().describe("over pixels. Default: mean");
const smooth = z.number().positive().optional().describe("keeps the quotient defined. Default: 1");
const share = z.number().min(0);

const settings = <K extends LossName, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...shape });

/** Every loss with its settings. A loss without an entry does not compile. */
const kinds = {
  bce: settings("bce", { reduction }),
  "bce-with-logits": settings("bce-with-logits", { reduction }),
  dice: settings("dice", { from, smooth }),
  iou: settings("iou", { from, smooth }),
  combo: settings("combo", {
    alpha: share.optional().describe("share of the cross-entropy. Default: 0.5"),
    beta: share.optional().describe("share of Dice. Default: 0.5"),
    from,
    smooth,
    reduction,
  }),
  focal: settings("focal", {
    gamma: z.number().min(0).optional().describe("how much easy pixels are played down. Default: 2"),
    alpha: z
      .union([z.number().min(0).max(1), z.literal(false)])
      .optional()
      .describe("weight of the foreground, or false. Default: 0.25"),
    from,
    reduction,
  }),
  tversky: settings("tversky", {
    alpha: share.optional().describe("price of false positives. Default: 0.3"),
    beta: share.optional().describe("price of false negatives. Default: 0.7"),
    gamma: z.number().positive().optional().describe("focal exponent. Default: 1"),
    from,
    smooth,
  }),
  "lovasz-hinge": settings("lovasz-hinge", {}),
  ssim: settings("ssim", {
    window: z
      .int()
      .min(1)
      .refine((side) => side % 2 === 1, { error: "an odd number" })
      .optional()
      .describe("side of the Gaussian window, odd. Default: 11"),
    sigma: z.number().positive().optional().describe("its standard deviation. Default: 1.5"),
    from,
  }),
  l1: settings("l1", { reduction }),
  mse: settings("mse", { reduction }),
  charbonnier: settings("charbonnier", {
    epsilon: z.number().positive().optional().describe("where square turns to absolute. Default: 0.001"),
    reduction,
  }),
  laplacian: settings("laplacian", {
    levels: z.int().min(1).max(10).optional().describe("levels of the pyramid. Default: 5"),
  }),
  compositional: settings("compositional", { reduction }),
} satisfies { readonly [K in LossName]: z.ZodType<Extract<LossSpec, { readonly kind: K }>> };

type Settings = (typeof kinds)[LossName];

/** A loss as a configuration says it: its name, or the name as `kind` with settings. */
export const lossSchema = z.union([
  z.enum(["paper", ...(Object.keys(losses) as LossName[])]),
  z.discriminatedUnion("kind", Object.values(kinds) as [Settings, ...Settings[]]),
]);
