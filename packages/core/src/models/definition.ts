import type { Preprocessing, SizePx } from "../hub/preprocessing.js";
import type { Tensor } from "../graph/index.js";
import type { Module } from "../nn/index.js";
import type { OptimiserSpec } from "../optim/index.js";

/** What a network gives: its heads by name, and features that its loss reads. */
export type Heads = Readonly<Record<string, Tensor>>;

/** What a paper's loss reads beside the heads. */
export interface LossInputs {
  /** The matte, [N,1,H,W] in [0, 1]. */
  readonly target: Tensor;
  /** The network's input, [N,3,H,W]. */
  readonly image: Tensor;
  /** 0 background, 1 subject, 0.5 unknown, [N,1,H,W]; for networks whose definition asks for it. */
  readonly trimap?: Tensor;
}

/** How a network wants its pictures: `x = (byte/scale − mean)/std`. */
export interface InputStyle {
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Whether the final head is stretched to [0, 1] over the picture, as the authors' demo does. */
  readonly minMax: boolean;
}

/** [0, 1], then ImageNet's mean and deviation. */
export const IMAGENET = {
  scale: 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

/** To [-1, 1]. */
export const SIGNED = { scale: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

/** What training takes from the network where its configuration is silent. The authors' whole training is in `recipes/`. */
export interface Recipe {
  /** Side of the square crops that it trains on. */
  readonly size: number;
  readonly batch: number;
  readonly optimiser: OptimiserSpec;
  /** Learning-rate factors by parameter path prefix. */
  readonly learningRates?: Readonly<Record<string, number>>;
}

/** Weights of an adaptation's terms. */
export interface AdaptationWeights {
  readonly semantic: number;
  readonly detail: number;
}

export interface ModelDefinition {
  /** Name in the registry. */
  readonly name: string;
  readonly paper: string;
  readonly task: "background-removal" | "portrait-matting" | "salient-object" | "segmentation" | "encoder";
  /** A fresh network: declarations, no data. */
  readonly create: () => Module<[Tensor], Heads>;
  readonly heads: {
    /** The one that is the matte. */
    readonly final: string;
    /** All of them, in the authors' order. */
    readonly all: readonly string[];
    readonly kind: "matte" | "logits";
    /** Those that a loss of the user's choice is summed over. Default: the final one. */
    readonly supervised?: readonly string[];
  };
  /**
   * The network with options of its own, as a configuration file gives them.
   * @throws MattelierError `invalid-config`
   */
  readonly configure?: (options: unknown) => ModelDefinition;
  /** Channels of the input: 3, or 1 for networks that read masks. */
  readonly channels?: 1 | 3;
  readonly paperSize: SizePx;
  /** Sides of the input are multiples of it. */
  readonly sizeMultiple: number;
  /** Why its graph is of one input size; left out where height and width may stay open. */
  readonly fixedSize?: string;
  readonly input: InputStyle;
  /** The paper's training loss: a scalar. */
  readonly loss: (heads: Heads, inputs: LossInputs) => Tensor;
  /** A frozen network that reads the masks and whose features this one's are drawn to, where a run has its weights. */
  readonly guide?: {
    /** In the registry. */
    readonly network: string;
    readonly loss: (heads: Heads, guide: Heads) => Tensor;
  };
  /**
   * Learning on photos without masks: a scalar of the network's heads and those of a copy of it, which stands still for
   * an epoch at a time. Batch normalisation is frozen then.
   */
  readonly adaptation?: (heads: Heads, copy: Heads, weights: AdaptationWeights) => Tensor;
  /** Whether the loss reads a trimap. */
  readonly needsTrimap?: boolean;
  readonly recipe: Recipe;
  /** Paths under which official checkpoints hold the same weights again: alias prefix → own prefix. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The part that classification weights of its own fit, under this prefix, such as `backbone.model.`. */
  readonly backbone?: string;
}

export function defineModel(definition: ModelDefinition): ModelDefinition {
  return definition;
}

/** How a picture becomes this network's input at a size. */
export function preprocessingOf(
  { input, heads }: ModelDefinition,
  size: SizePx,
  head = heads.final,
): Preprocessing {
  return {
    version: 1,
    input: { kind: "fixed", ...size },
    resize: { rule: "stretch", kernel: "bilinear", antialias: true, coordinates: "half-pixel" },
    layout: "nchw",
    channelOrder: "rgb",
    scale: input.scale,
    mean: input.mean,
    std: input.std,
    output: {
      head,
      kind: heads.kind,
      activation: heads.kind === "logits" ? "sigmoid" : "none",
      minMax: input.minMax,
    },
  };
}
