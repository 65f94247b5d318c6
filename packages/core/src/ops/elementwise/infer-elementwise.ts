import type { Dim, Value, ValueType } from "../../graph/index.js";
import { contentsOf } from "../contents.js";
import { broadcastShapes, commonDtype, requireFloat, typeOf } from "../shape-rules.js";

interface Inputs {
  readonly inputs: readonly (Value | undefined)[];
}

const present = (inputs: Inputs["inputs"]): Value[] => inputs.filter((input) => input !== undefined);

/** One operand, and a result of its type. */
export const unary = ({ inputs: [x] }: Inputs): ValueType => typeOf(x!);

/** One float operand, and a result of its type. */
export const unaryFloat =
  (op: string) =>
  ({ inputs: [x] }: Inputs): ValueType => {
    requireFloat(op, x!);
    return typeOf(x!);
  };

/** Operands of one type, broadcast. */
export const broadcasting =
  (op: string) =>
  ({ inputs }: Inputs): ValueType => {
    const operands = present(inputs);
    return {
      dtype: commonDtype(op, operands),
      shape: broadcastShapes(
        op,
        operands.map((operand) => operand.shape),
      ),
    };
  };

/** Operands of one type, broadcast, and a result of truth values. */
export const comparing =
  (op: string) =>
  (context: Inputs): ValueType => ({ dtype: "bool", shape: broadcasting(op)(context).shape });

/** One operand, and a result of truth values. */
export const predicate = ({ inputs: [x] }: Inputs): ValueType => ({ dtype: "bool", shape: x!.shape });

/**
 * Contents of the result, when those of all operands (scalars and vectors) are known and `compute` can say.
 * Truth values are 0 and 1.
 */
export const computed =
  (compute: (...operands: Dim[]) => Dim | undefined) =>
  ({ inputs }: Inputs): readonly Dim[] | undefined => {
    const operands = present(inputs);
    const contents = operands.map(contentsOf);
    if (operands.some((operand, i) => operand.rank > 1 || contents[i] === undefined)) return undefined;
    const length = contents.reduce((n, entries) => (entries!.length === 1 ? n : entries!.length), 1);
    const result = Array.from({ length }, (_, i) =>
      compute(...contents.map((entries) => (entries!.length === 1 ? entries![0]! : entries![i]!))),
    );
    return result.every((entry) => entry !== undefined) ? result : undefined;
  };

/** For {@link computed}: arithmetic that needs numbers. */
export const onNumbers =
  (compute: (...operands: number[]) => number) =>
  (...operands: Dim[]): number | undefined =>
    operands.every((operand) => typeof operand === "number") ? compute(...operands) : undefined;
