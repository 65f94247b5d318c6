import type { Tensor } from "../../graph/index.js";
import { softmax } from "./activation.js";

export interface AttentionOptions {
  /** Default 1/√d. */
  readonly scale?: number | undefined;
  /** Added to the scores before the softmax: position bias, masks. Broadcasts to [..., queries, keys]. */
  readonly bias?: Tensor | undefined;
}

/**
 * softmax(q·kᵀ·scale + bias)·v
 * q: [..., queries, d], k: [..., keys, d], v: [..., keys, e] → [..., queries, e]
 */
export function attention(
  q: Tensor,
  { k, v, ...options }: AttentionOptions & { readonly k: Tensor; readonly v: Tensor },
): Tensor {
  const { scale = 1 / Math.sqrt(q.size(-1)), bias } = options;
  const axes = [...k.shape.keys()];
  const keys = k.transpose([...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  const scores = q.mul(scale).matmul(keys);
  return softmax(bias === undefined ? scores : scores.add(bias)).matmul(v);
}

/** [B, L, heads·d] → [B, heads, L, d] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const width = x.size(2) / heads;
  return x.reshape([x.shape[0]!, x.shape[1]!, heads, width]).transpose([0, 2, 1, 3]);
}

/** [B, heads, L, d] → [B, L, heads·d] */
export function joinHeads(x: Tensor): Tensor {
  const [b, heads, length] = [x.shape[0]!, x.size(1), x.shape[2]!];
  return x.transpose([0, 2, 1, 3]).reshape([b, length, heads * x.size(3)]);
}
