import type { UpdateRule } from "./update-rule.js";

export interface AdamOptions {
  /** Decay of the two moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number] | undefined;
  /** Default 1e-8. */
  readonly eps?: number | undefined;
}

type Coefficient = "beta1" | "rest1" | "beta2" | "rest2" | "minusStep" | "root2" | "eps" | "decay" | "keep";

/**
 * Adam (Kingma & Ba 2015, arXiv:1412.6980), as PyTorch's `Adam`, t counting from 1:
 *
 *     d = g + weightDecay·w
 *     m = β₁·m + (1 - β₁)·d
 *     v = β₂·v + (1 - β₂)·d²
 *     w = w - lr/(1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
 */
export const adam = (options: AdamOptions = {}): UpdateRule => adamRule(options, false);

/**
 * AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101), as PyTorch's `AdamW`: Adam with d = g, after the
 * weights have shrunk by themselves, w = (1 - lr·weightDecay)·w.
 */
export const adamw = (options: AdamOptions = {}): UpdateRule => adamRule(options, true);

function adamRule({ betas = [0.9, 0.999], eps = 1e-8 }: AdamOptions, decoupled: boolean): UpdateRule {
  const rule: UpdateRule<"m" | "v", Coefficient> = {
    slots: ["m", "v"],
    coefficients({ lr, weightDecay, step, momentum: beta1 = betas[0] }) {
      const t = step + 1;
      const beta2 = betas[1];
      return {
        beta1,
        rest1: 1 - beta1,
        beta2,
        rest2: 1 - beta2,
        minusStep: -lr / (1 - beta1 ** t),
        root2: Math.sqrt(1 - beta2 ** t),
        eps,
        decay: decoupled ? 0 : weightDecay,
        keep: decoupled ? 1 - lr * weightDecay : 1,
      };
    },
    update(k, { w, g, m, v }, c) {
      const start = decoupled ? k.mul(w, c.keep) : w;
      const d = decoupled ? g : k.add(g, k.mul(c.decay, w));
      const m1 = k.add(k.mul(m, c.beta1), k.mul(d, c.rest1));
      const v1 = k.add(k.mul(v, c.beta2), k.mul(k.mul(c.rest2, d), d));
      const denominator = k.add(k.div(k.sqrt(v1), c.root2), c.eps);
      return { w: k.add(start, k.div(k.mul(c.minusStep, m1), denominator)), m: m1, v: v1 };
    },
  };
  return rule;
}
