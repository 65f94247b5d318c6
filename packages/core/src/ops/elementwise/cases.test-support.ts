import { constant, floats, ints, random, type OpCase, type OpCases } from "../op-case.test-support.js";

const positive = { low: 0.3, high: 2 } as const;
const FAR = { low: -20, high: 20 } as const;
const kink = (...kinks: readonly number[]) => ({ kinks });

/** Operands of shapes that broadcast in every way: not at all, from the left, both ways, from a scalar, many rows. */
const broadcasts = (options: Parameters<typeof random>[1] = {}): OpCase<"Add">[] =>
  [
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
    [[2, 3, 4], [4]],
    [
      [2, 3, 1],
      [3, 4],
    ],
    [
      [2, 1, 4],
      [1, 3, 1],
    ],
    [[], [2, 3]],
    [
      [1, 3, 1, 1],
      [2, 3, 2, 2],
    ],
    [[2, 1024, 3], [3]],
  ].map(([x, y]) => ({ inputs: [random(x!, options), random(y!, options)] }));

/** Broadcast operands that differ by more than any step. */
const apart: OpCase<"Max">[] = broadcasts({ low: 1.1, high: 4, kinks: [2.5], gap: 0.5 }).map(
  ({ inputs: [x] }, i) => ({
    inputs: [x, broadcasts({ low: 2.4, high: 2.6 })[i]!.inputs[1]],
  }),
);

const integers: OpCase<"Add"> = { inputs: [ints(7, -2), ints(3, 5)], typesOnly: "integers" };
const truths: OpCase<"And"> = {
  inputs: [constant("bool", [2, 1], [0, 1]), constant("bool", [3], [1, 0, 1])],
  typesOnly: "truth values",
};
const compared: OpCase<"Equal">[] = [
  { inputs: [random([2, 3]), random([3])], typesOnly: "truth values" },
  { inputs: [ints(1, 2), ints(2)], typesOnly: "truth values" },
];
const unary = (options: Parameters<typeof random>[1] = {}): OpCase<"Exp">[] => [
  { inputs: [random([2, 3, 4], options)] },
  { inputs: [random([], options)] },
];

export const elementwiseCases: OpCases = {
  Abs: unary(kink(0)),
  Add: [...broadcasts(), integers],
  And: [truths],
  Atan: unary(),
  Cast: [
    { inputs: [random([2, 3])], attrs: { to: 1 }, only: "float32" },
    { inputs: [random([2, 3])], attrs: { to: 11 } },
    { inputs: [random([2, 3])], attrs: { to: 7 }, typesOnly: "to integers" },
    { inputs: [ints(0, 2)], attrs: { to: 9 }, typesOnly: "to truth values" },
    { inputs: [random([2, 3])], attrs: { to: 10 }, typesOnly: "to half precision" },
  ],
  Ceil: [{ inputs: [random([2, 3])], typesOnly: "steps" }],
  Celu: [{ inputs: [random([2, 3, 4], kink(0))] }, { inputs: [random([5], kink(0))], attrs: { alpha: 1.7 } }],
  Clip: [
    {
      inputs: [random([3, 4], kink(-1, 0.5)), floats([], [-1]), floats([], [0.5])],
    },
    { inputs: [random([3, 4], kink(0)), floats([], [0])] },
    { inputs: [random([3, 4], kink(1)), undefined, floats([], [1])] },
    { inputs: [random([3, 4])] },
    {
      inputs: [
        random([3, 4], { low: 1 }),
        random([], { low: -1, high: 0 }),
        random([], { low: 1.2, high: 1.4 }),
      ],
    },
    { inputs: [random([3, 4])], attrs: { min: -1, max: 1 }, opset: 9 },
  ],
  Cos: unary(),
  Div: [...broadcasts(positive), integers],
  Elu: [{ inputs: [random([2, 3, 4], kink(0))] }, { inputs: [random([5], kink(0))], attrs: { alpha: 0.4 } }],
  Equal: compared,
  Erf: unary(),
  Exp: unary(),
  Floor: [{ inputs: [random([2, 3])], typesOnly: "steps" }],
  Gelu: [{ inputs: [random([2, 3, 4])] }, { inputs: [random([12])], attrs: { approximate: "tanh" } }],
  Greater: compared,
  GreaterOrEqual: compared,
  HardSigmoid: [
    { inputs: [random([3, 4], { low: -4, high: 4, ...kink(-2.5, 2.5) })] },
    { inputs: [random([3, 4], kink(-1, 1))], attrs: { alpha: 0.5, beta: 0.5 } },
  ],
  HardSwish: unary({ low: -5, high: 5, ...kink(-3, 3) }),
  Identity: [...unary(), { inputs: [ints(1, 2)], typesOnly: "integers" }],
  IsInf: [{ inputs: [random([2, 3])], typesOnly: "truth values" }],
  IsNaN: [{ inputs: [random([2, 3])], typesOnly: "truth values" }],
  LeakyRelu: [
    { inputs: [random([3, 4], kink(0))] },
    { inputs: [random([3, 4], kink(0))], attrs: { alpha: 0.2 } },
    { inputs: [random([3, 4], kink(0))], attrs: { alpha: 1.5 } },
  ],
  Less: compared,
  LessOrEqual: compared,
  Log: unary(positive),
  Max: [
    ...apart,
    { inputs: [random([2, 3])] },
    { inputs: [random([2, 3], FAR), random([3], FAR), random([2, 1], FAR)] },
    integers,
  ],
  Min: [
    ...apart,
    { inputs: [random([2, 3])] },
    { inputs: [random([2, 3], FAR), random([3], FAR), random([2, 1], FAR)] },
    integers,
  ],
  Mish: unary(),
  Mod: [
    {
      inputs: [random([3, 4], { low: 2.3, high: 2.7 }), random([4], { low: 0.97, high: 1.03 })],
      attrs: { fmod: 1 },
    },
    {
      inputs: [random([3, 4], { low: -2.7, high: -2.3 }), random([], { low: 0.97, high: 1.03 })],
      attrs: { fmod: 1 },
    },
    integers,
  ],
  Mul: [...broadcasts(), integers],
  Neg: [...unary(), { inputs: [ints(1, 2)], typesOnly: "integers" }],
  Not: [{ inputs: [constant("bool", [2], [0, 1])], typesOnly: "truth values" }],
  Or: [truths],
  PRelu: [
    { inputs: [random([2, 3, 2, 2], kink(0)), random([3, 1, 1])] },
    { inputs: [random([2, 3], kink(0)), random([])] },
    { inputs: [random([2, 3], kink(0)), random([2, 3])] },
  ],
  Pow: [
    { inputs: [random([2, 3, 4], positive), random([4])] },
    { inputs: [random([3, 1], positive), random([2, 1, 4])] },
    ...[0, 1, 2, 3, 0.5, -1, 2.5, -0.5].map((exponent): OpCase<"Pow"> => {
      return { inputs: [random([3, 4], positive), constant("float32", [], [exponent])] };
    }),
    { inputs: [random([3, 4], positive), ints(2, 0, 3, 1)] },
    { inputs: [random([3, 4], kink(0)), constant("float32", [1], [2])] },
  ],
  Reciprocal: unary(positive),
  Relu: unary(kink(0)),
  Round: [{ inputs: [random([2, 3])], typesOnly: "steps" }],
  Selu: [
    { inputs: [random([2, 3, 4], kink(0))] },
    { inputs: [random([5], kink(0))], attrs: { alpha: 1.2, gamma: 0.8 } },
  ],
  Sigmoid: unary(),
  Sign: [{ inputs: [random([2, 3])], typesOnly: "steps" }],
  Sin: unary(),
  Softplus: unary(),
  Softsign: unary(kink(0)),
  Sqrt: unary(positive),
  Sub: [...broadcasts(), integers],
  Sum: [{ inputs: [random([2, 3]), random([3]), random([2, 1])] }, { inputs: [random([2, 3])] }],
  Tan: unary({ low: -1.2, high: 1.2 }),
  Tanh: unary(),
  Where: [
    { inputs: [constant("bool", [2, 1], [0, 1]), random([2, 3]), random([3])] },
    { inputs: [constant("bool", [3], [0, 1, 1]), random([]), random([2, 1])] },
    { inputs: [constant("bool", [2], [0, 1]), ints(1, 2), ints(3, 4)], typesOnly: "integers" },
  ],
  Xor: [truths],
};
