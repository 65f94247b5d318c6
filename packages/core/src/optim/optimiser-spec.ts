import { unknownName } from "../util/index.js";
import { adam, adamw, type AdamOptions } from "./adam.js";
import { sgd, type SgdOptions } from "./sgd.js";
import type { UpdateRule } from "./update-rule.js";

interface CommonOptions {
  /** Base learning rate; a schedule multiplies it. */
  readonly lr: number;
  readonly weightDecay?: number | undefined;
}

/** An optimiser as data: what recipes and configuration files hold. */
export type OptimiserSpec =
  | ({ readonly kind: "sgd" } & CommonOptions & SgdOptions)
  | ({ readonly kind: "adam" } & CommonOptions & AdamOptions)
  | ({ readonly kind: "adamw" } & CommonOptions & AdamOptions);

export type OptimiserKind = OptimiserSpec["kind"];

interface OptimiserEntry<Options> {
  readonly rule: (options: Options) => UpdateRule;
  readonly weightDecay: number;
}

/** Every optimiser: its rule, and the weight decay it has when none is given (PyTorch's defaults). */
export const optimisers: {
  readonly [K in OptimiserKind]: OptimiserEntry<Extract<OptimiserSpec, { readonly kind: K }>>;
} = {
  sgd: { rule: sgd, weightDecay: 0 },
  adam: { rule: adam, weightDecay: 0 },
  adamw: { rule: adamw, weightDecay: 0.01 },
};

/** The rule that a spec names, and its weight decay. @throws MattelierError `unknown-name` */
export function ruleOf(spec: OptimiserSpec): { readonly rule: UpdateRule; readonly weightDecay: number } {
  if (!Object.hasOwn(optimisers, spec.kind))
    throw unknownName("optimiser", spec.kind, Object.keys(optimisers));
  const entry = optimisers[spec.kind] as OptimiserEntry<OptimiserSpec>;
  return { rule: entry.rule(spec), weightDecay: spec.weightDecay ?? entry.weightDecay };
}
