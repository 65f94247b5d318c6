import { mulDim, type Builder, type OpRule, type Value, type VjpContext } from "../../graph/index.js";
import { MattelierError } from "../../util/index.js";
import { fixedShape } from "../contents.js";
import { commonDtype } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";
import { readEquation, type Equation } from "./einsum-equation.js";

/**
 * `y` = products of the operands' elements, summed over the letters that the result does not have
 * `∂L/∂xᵢ` = the Einstein summation of g and the other operands whose result has xᵢ's letters
 */
export const einsum: OpRule<"Einsum"> = {
  infer({ inputs, attrs }) {
    const operands = inputs.map((input) => input!);
    const { result, sizes } = equationOf(operands, attrs.equation);
    return { dtype: commonDtype("Einsum", operands), shape: result.map((letter) => sizes.get(letter)!) };
  },
  macs({ inputs, attrs }) {
    const { sizes } = equationOf(inputs as Value[], attrs.equation);
    return [...sizes.values()].reduce(mulDim, 1);
  },
  vjp(context) {
    const operands = context.inputs.map((input) => input!);
    const equation = equationOf(operands, context.attrs.equation);
    return operands.map((_, i) => (context.wanted[i] ? gradientOf(context, equation, i) : undefined));
  },
};

function equationOf(operands: readonly Value[], text = ""): Equation {
  return readEquation(
    text,
    operands.map((operand) => operand.shape),
  );
}

function gradientOf({ b, g, inputs, attrs }: VjpContext<"Einsum">, equation: Equation, i: number): Value {
  const letters = equation.operands[i]!;
  if (new Set(letters).size < letters.length || new Set(equation.result).size < equation.result.length)
    throw new MattelierError({
      code: "unsupported",
      where: `gradient of Einsum(${attrs.equation ?? ""})`,
      expected: "each letter once in an operand",
      got: letters.join(""),
      fix: "take the diagonal by other operators first",
    });
  const others = equation.operands.flatMap((term, k) =>
    k === i ? [] : [withoutStretched(b, term, inputs[k]!, equation)],
  );
  const factors = [{ term: equation.result, value: g }, ...others];
  // Letters that only this operand has were summed away: the gradient is the same all along them.
  const reached = letters.filter((letter) => factors.some(({ term }) => term.includes(letter)));
  const text = `${factors.map(({ term }) => term.join("")).join(",")}->${reached.join("")}`;
  const partial = b.op(
    "Einsum",
    factors.map(({ value }) => value),
    { equation: text },
  );
  const size = (letter: string) => equation.sizes.get(letter)!;
  const where = `Einsum(${attrs.equation ?? ""})`;
  const full = fixedShape(where, letters.map(size));
  if (reached.length === letters.length) return sumTo(b, partial, inputs[i]!.shape);
  const kept = fixedShape(
    where,
    letters.map((letter) => (reached.includes(letter) ? size(letter) : 1)),
  );
  return sumTo(b, b.expand(b.reshape(partial, kept), full), inputs[i]!.shape);
}

interface Factor {
  readonly term: readonly string[];
  readonly value: Value;
}

/** An operand without the axes of size 1 that broadcast to a larger size. */
function withoutStretched(b: Builder, term: readonly string[], value: Value, { sizes }: Equation): Factor {
  const kept = term.map((letter, axis) => value.shape[axis] === sizes.get(letter));
  if (!kept.includes(false)) return { term, value };
  const shape = value.shape.filter((_, axis) => kept[axis]);
  return {
    term: term.filter((_, axis) => kept[axis]),
    value: b.reshape(value, fixedShape("Einsum", shape)),
  };
}
