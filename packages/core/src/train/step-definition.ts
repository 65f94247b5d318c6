import type { Tensor } from "../graph/index.js";
import type { AnyModule, InputDeclaration, StateDict } from "../nn/index.js";
import type { LowerOptions } from "../ops/lowering/index.js";
import type { OptimiserOptions, OptimiserSpec } from "../optim/index.js";
import type { TensorData } from "../util/index.js";
import type { PathMatch } from "./path-match.js";

/** What a training pass computes from a batch. */
export interface Objective {
  /** One float. */
  readonly loss: Tensor;
  /** Tensors to fetch where a step asks for them: predictions, parts of the loss. */
  readonly outputs?: Readonly<Record<string, Tensor>> | undefined;
}

/** A second model in the training graph that is not trained there: a teacher, a feature extractor. */
export interface Companion {
  readonly model: AnyModule;
  /** Its weights. `average`: the moving average of the trained model's, which must be of the same architecture. */
  readonly weights: StateDict | "average";
  /** Default eval. */
  readonly mode?: "train" | "eval" | undefined;
}

/** A graph that computes outputs of a batch with the weights being trained, in evaluation mode. */
export interface EvaluationDefinition<Names extends string = string> {
  readonly inputs: Readonly<Record<Names, InputDeclaration>>;
  readonly outputs: (batch: Readonly<Record<Names, Tensor>>) => Tensor | Readonly<Record<string, Tensor>>;
}

/** A training step: what it computes, what moves, and how. */
export interface StepDefinition<Names extends string = string> {
  readonly model: AnyModule;
  /** What a batch holds, by name; sizes are fixed. */
  readonly inputs: Readonly<Record<Names, InputDeclaration>>;
  /** The loss of a batch, by calling the model. */
  readonly loss: (batch: Readonly<Record<Names, Tensor>>) => Tensor | Objective;
  readonly optimiser: OptimiserSpec;
  /** Parameter groups, clipping, moving average of the weights. */
  readonly options?: OptimiserOptions | undefined;
  /** Parameters to leave as they are. */
  readonly freeze?: PathMatch | undefined;
  /** Modules that behave as in evaluation: frozen normalisation, no dropout. */
  readonly evaluate?: PathMatch | undefined;
  readonly companions?: Readonly<Record<string, Companion>> | undefined;
  readonly evaluations?: Readonly<Record<string, EvaluationDefinition>> | undefined;
  /** Module paths whose inner values are computed again for the backward pass: less memory, more time. */
  readonly recompute?: readonly string[] | undefined;
  /** How convolution gradients are written. Default: for the CPU provider. */
  readonly lowering?: LowerOptions | undefined;
}

/** Tensors by the names of a definition's inputs. */
export type Batch<Names extends string = string> = Readonly<Record<Names, TensorData>>;
