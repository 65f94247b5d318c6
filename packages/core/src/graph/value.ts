import type { DType } from "../util/dtype.js";
import { internalError } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import type { Dim, Shape } from "./dim.js";

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/**
 * One value of a graph: an input, an initialiser (then it has a `constant`), or a node's output.
 * Values are compared by identity and never change; several graphs may share one.
 */
export class Value {
  readonly name: string;
  /** Unknown where an imported model does not say and inference has no rule. */
  readonly type: ValueType | undefined;
  /** The contents, when they are fixed in the graph. */
  readonly constant: TensorData | undefined;
  /** The contents of a small integer tensor as far as they are known: shapes computed in the graph. */
  readonly known: readonly Dim[] | undefined;

  constructor(
    name: string,
    type: ValueType | undefined,
    facts: { constant?: TensorData | undefined; known?: readonly Dim[] | undefined } = {},
  ) {
    this.name = name;
    this.type = type;
    this.constant = facts.constant;
    this.known = facts.known;
  }

  get dtype(): DType {
    return this.knownType().dtype;
  }

  get shape(): Shape {
    return this.knownType().shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  private knownType(): ValueType {
    if (this.type === undefined)
      throw internalError(`value ${this.name}`, "an inferred type", "a value of unknown type");
    return this.type;
  }
}
