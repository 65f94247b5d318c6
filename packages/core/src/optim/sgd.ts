import type { UpdateRule } from "./update-rule.js";

export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number | undefined;
  /** Share of the gradient that does not enter the momentum, from the second step on. Default 0. */
  readonly dampening?: number | undefined;
  /** Look ahead by one step of momentum (Sutskever 2013). Default false. */
  readonly nesterov?: boolean | undefined;
}

type Coefficient = "minusLr" | "decay" | "momentum" | "share";

/**
 * Stochastic gradient descent, as PyTorch's `SGD`:
 *
 *     d = g + weightDecay·w
 *     v = momentum·v + (1 - dampening)·d        v = d at the first step
 *     w = w - lr·v                              lr·(d + momentum·v) with Nesterov
 */
export function sgd({ momentum = 0, dampening = 0, nesterov = false }: SgdOptions = {}): UpdateRule {
  const rule: UpdateRule<"v", Coefficient> = {
    slots: momentum === 0 ? [] : ["v"],
    coefficients: ({ lr, weightDecay, step, momentum: now = momentum }) => ({
      minusLr: -lr,
      decay: weightDecay,
      momentum: now,
      share: step === 0 ? 1 : 1 - dampening,
    }),
    update(k, { w, g, v }, c) {
      const d = k.add(g, k.mul(c.decay, w));
      if (momentum === 0) return { w: k.add(w, k.mul(c.minusLr, d)), v };
      const velocity = k.add(k.mul(v, c.momentum), k.mul(d, c.share));
      const direction = nesterov ? k.add(d, k.mul(c.momentum, velocity)) : velocity;
      return { w: k.add(w, k.mul(c.minusLr, direction)), v: velocity };
    },
  };
  return rule;
}
