import * as z from "zod";
import { expect, test } from "vitest";
import { checkedBy } from "./checked-by.js";
import { MattelierError } from "./errors.js";

const schedule = z.union([
  z.enum(["constant", "cosine"]),
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("cosine"), end: z.number().optional() }),
    z.strictObject({ kind: z.literal("step"), every: z.int().min(1) }),
  ]),
]);
const source = z.strictObject({ path: z.string().min(1), names: z.string().optional() });
const sources = z.union([z.string(), source, z.array(z.union([z.string(), source]))]);
const schema = z.strictObject({
  schedule: schedule.default("constant"),
  train: sources.transform((one) => [one].flat()).optional(),
  decay: z.number().gt(0).lt(1).optional(),
  degrees: z.union([z.number().max(180), z.tuple([z.number(), z.number()])]).optional(),
  epochs: z.int({ error: "a whole number of epochs" }).optional(),
  title: z.string().min(2).optional(),
});

const refusal = (value: unknown): string => {
  try {
    checkedBy(schema, value, { where: "run.yaml", code: "invalid-config" });
  } catch (error) {
    expect(error).toBeInstanceOf(MattelierError);
    return (error as MattelierError).message;
  }
  throw new Error("accepted");
};

test.each([
  [
    { schedule: "cosin" },
    'schedule: expected one of constant, cosine; got "cosin". Fix: did you mean "cosine"?',
  ],
  [
    { schedule: { kind: "stpe" } },
    'schedule.kind: expected one of cosine, step; got "stpe". Fix: did you mean "step"?',
  ],
  [
    { schedule: { kind: "step", evry: 2 } },
    'schedule: expected one of kind, every; got the key "evry". Fix: did you mean every?',
  ],
  [{ schedule: { kind: "step" } }, "schedule.every: expected a number; got nothing."],
  [{ schedule: { kind: "step", every: 0.5 } }, "schedule.every: expected a whole number; got 0.5."],
  [
    { train: { nmaes: "a" } },
    'train: expected one of path, names; got the key "nmaes". Fix: did you mean names?',
  ],
  [
    { train: [{ path: "a", nmaes: "b" }] },
    'train.0: expected one of path, names; got the key "nmaes". Fix: did you mean names?',
  ],
  [{ train: 5 }, "train: expected a string or keys and values or a list; got 5."],
  [{ decay: 1 }, "decay: expected less than 1; got 1."],
  [{ decay: 0 }, "decay: expected more than 0; got 0."],
  [{ decay: NaN }, "decay: expected a number; got NaN."],
  [{ degrees: 200 }, "degrees: expected at most 180; got 200."],
  [{ epochs: "many" }, 'epochs: expected a whole number of epochs; got "many".'],
  [{ title: "a" }, 'title: expected at least 2 characters; got "a".'],
])("%j is refused in words", (value, message) => {
  expect(refusal(value)).toBe(`run.yaml: ${message}`);
});

test("the value itself has no path; a place may be named otherwise", () => {
  expect(refusal(7)).toBe("run.yaml: expected keys and values; got 7.");
  expect(() =>
    checkedBy(
      schema,
      { title: "" },
      { where: (path) => `--${path}`, code: "invalid-argument", fix: "see --help" },
    ),
  ).toThrow('--title: expected at least 2 characters; got "". Fix: see --help');
});

test("what fits comes back with its defaults", () => {
  expect(checkedBy(schema, { train: "a" }, { where: "run.yaml", code: "invalid-config" })).toEqual({
    schedule: "constant",
    train: ["a"],
  });
});
