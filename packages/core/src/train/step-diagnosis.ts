import { toOnnx, type Node, type Value } from "../graph/index.js";
import { encodeModel } from "../onnx/index.js";
import { isFloat } from "../util/index.js";
import type { StepDefinition } from "./step-definition.js";
import { recordObjective } from "./step-plan.js";

/** A forward pass that says of every node whether what it gave is finite. */
export interface DiagnosisPlan {
  readonly model: Uint8Array;
  /** One float per place: 0, or NaN where a value was not finite. */
  readonly output: string;
  /** In the order of computation, such as `enc1.0 (Conv)`. */
  readonly places: readonly string[];
}

/** Compile the diagnosis of a definition's forward pass. Its inputs are those of the step. */
export function planDiagnosis(definition: StepDefinition): DiagnosisPlan {
  const { b } = recordObjective(definition);
  const values = b.nodes.flatMap((node) =>
    node.outputs.flatMap((value) =>
      value !== undefined && isFloat(value.dtype) ? [{ value, place: placeOf(node) }] : [],
    ),
  );
  // x·0 is 0, and NaN where x is infinite or none.
  const flag = (value: Value): Value => {
    const sum = b.reduceSum(b.mul(value, 0), [...value.shape.keys()], false);
    return b.reshape(b.cast(sum, "float32"), [1]);
  };
  const flags = b.concat(
    values.map(({ value }) => flag(value)),
    0,
  );
  const output = values.length === 1 ? b.named(flags, "finite") : flags;
  return {
    model: encodeModel(toOnnx(b.build([output], "diagnosis"))),
    output: output.name,
    places: values.map(({ place }) => place),
  };
}

function placeOf({ path, op }: Node): string {
  return path === "" ? op : `${path} (${op})`;
}
