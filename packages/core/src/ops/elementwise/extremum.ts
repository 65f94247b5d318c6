import type { Builder, Dim, Value, VjpContext } from "../../graph/index.js";
import type { OpName } from "../../onnx/index.js";
import { stepMask, zeroMask } from "../masks.js";
import { sumTo } from "../sum-to.js";

/** `sign` 1 for the largest, −1 for the smallest of the operands. */
export type Extremum = 1 | -1;

/** The gradient goes to the operand that is the extremum, in equal shares where several are. */
export function extremumVjp(
  { b, g, inputs, outputs: [y], wanted }: VjpContext<OpName>,
  sign: Extremum,
): readonly (Value | undefined)[] {
  const xs = inputs.map((input) => input!);
  if (xs.length === 1) return [g];
  const shares = xs.length === 2 ? sharesOfTwo(b, g, xs, sign) : sharesOfMany(b, g, xs, y!);
  return xs.map((x, i) => (wanted[i] ? sumTo(b, shares[i]!(), x.shape) : undefined));
}

/** The second share is what the first leaves. */
function sharesOfTwo(b: Builder, g: Value, [x, y]: Value[], sign: Extremum): (() => Value)[] {
  const first = b.mul(g, stepMask(b, sign === 1 ? b.sub(x!, y!) : b.sub(y!, x!)));
  return [() => first, () => b.sub(g, first)];
}

function sharesOfMany(b: Builder, g: Value, xs: Value[], y: Value): (() => Value)[] {
  const attained = xs.map((x) => zeroMask(b, b.abs(b.sub(y, x))));
  const share = b.div(g, b.op("Sum", attained));
  return attained.map((mask) => () => b.mul(share, mask));
}

/** The extremum of sizes; a symbol is at least 1, and two different symbols cannot be compared. */
export function extremumOf(sign: Extremum, dims: readonly Dim[]): Dim | undefined {
  const symbols = new Set(dims.filter((dim) => typeof dim === "string"));
  const numbers = dims.filter((dim) => typeof dim === "number");
  if (symbols.size === 0) return sign === 1 ? Math.max(...numbers) : Math.min(...numbers);
  const [symbol] = symbols;
  const loses = numbers.every((n) => (sign === 1 ? n <= 1 : false));
  return symbols.size === 1 && loses ? symbol : undefined;
}
