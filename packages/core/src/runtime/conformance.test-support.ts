import { MattelierError, type ErrorCode } from "../util/errors.js";
import type { NumericArray } from "../util/dtype.js";
import { numbersOf, tensorFrom, type TensorData } from "../util/tensor-data.js";
import { convolution, f32, failing, identity, makeModel, slow, twoOutputs } from "./models.test-support.js";
import type { Session, SessionOptions } from "./session.js";

/** How an adapter makes a session from a model's bytes. */
export type MakeSession = (model: Uint8Array, options?: SessionOptions) => Promise<Session>;

/** One promise of the Session interface. Plain functions: they also run in a page, where there is no test runner. */
export interface ConformanceCase {
  readonly name: string;
  /** Why this adapter is excused. */
  readonly skip?: string | undefined;
  readonly check: () => Promise<void>;
}

export interface ConformanceOptions {
  /** A run holds the caller's event loop, so that nothing can be noticed meanwhile. */
  readonly blocksCaller?: boolean;
  /** Side of the matrices whose product is slow here. Default 512. */
  readonly slowSize?: number;
}

/** What every adapter must do. The same cases, in the same order, for every `makeSession`. */
export function sessionConformance(
  makeSession: MakeSession,
  { blocksCaller = false, slowSize = 512 }: ConformanceOptions = {},
): readonly ConformanceCase[] {
  /** Use a session and dispose of it. */
  const using = async (
    model: Uint8Array,
    body: (session: Session) => Promise<void>,
    options?: SessionOptions,
  ): Promise<void> => {
    const session = await makeSession(model, options);
    try {
      await body(session);
    } finally {
      await session.dispose();
    }
  };
  const test = (name: string, check: () => Promise<void>, skip?: string): ConformanceCase => ({
    name,
    check,
    skip,
  });
  const square = (): TensorData => f32([slowSize, slowSize], Array<number>(slowSize ** 2).fill(0));
  const x23 = (): TensorData => f32([2, 3], [1, 2, 3, 4, 5, 6]);

  return [
    test("tells inputs, outputs, provider and why", () =>
      using(twoOutputs(), async (session) => {
        same(session.inputs, [{ name: "x", dtype: "float32", shape: ["batch", 3] }]);
        same(session.outputs, [
          { name: "y", dtype: "float32", shape: ["batch", 3] },
          { name: "z", dtype: "float32", shape: ["batch", 3] },
        ]);
        truthy(session.provider.length > 0 && session.reason.length > 0, "a provider and a reason");
        await Promise.resolve();
      })),

    test("takes sizes that have no name", () =>
      using(identity("float32", ["", 2]), async (session) => {
        same(session.inputs[0]!.shape, ["?", 2]);
        same(numbersOf((await session.run({ x: f32([1, 2], [3, 4]) })).y!), [3, 4]);
      })),

    test("computes all outputs, with the sizes of the feed", () =>
      using(twoOutputs(), async (session) => {
        const { y, z } = await session.run({ x: x23() });
        same(y!.shape, [2, 3]);
        same(numbersOf(y!), [2, 3, 4, 5, 6, 7]);
        same(numbersOf(z!), [2, 4, 6, 8, 10, 12]);
        const empty = await session.run({ x: f32([0, 3], []) });
        same(empty.y!.shape, [0, 3]);
      })),

    test("fetches only the outputs asked for", () =>
      using(twoOutputs(), async (session) => {
        const results = await session.run({ x: x23() }, { outputs: ["z"] });
        same(Object.keys(results), ["z"]);
      })),

    test("computes a convolution", () =>
      using(convolution(8), async (session) => {
        const x = f32([1, 8, 16, 16], Array<number>(2048).fill(1));
        const { y } = await session.run({ x });
        // The middle sees all 72 weights of each of the 8 filters.
        const weights = Array.from({ length: 8 * 72 }, (_, i) => ((i % 17) - 8) / 64);
        const sums = Array.from({ length: 8 }, (_, o) =>
          weights.slice(72 * o, 72 * o + 72).reduce((a, b) => a + b, 0),
        );
        const middle = sums.map((_, o) => numbersOf(y!)[o * 256 + 8 * 16 + 8]!);
        truthy(
          middle.every((v, o) => Math.abs(v - sums[o]!) < 1e-4),
          `${sums.join()} and not ${middle.join()}`,
        );
      })),

    ...ELEMENTS.map(([dtype, values]) =>
      test(`passes ${dtype} through`, () =>
        using(identity(dtype), async (session) => {
          const x = tensorFrom(dtype, [values.length], values);
          const { y } = await session.run({ x });
          same(y!.dtype, dtype);
          same(y!.data.constructor.name, x.data.constructor.name);
          same(numbersOf(y!), numbersOf(x));
        })),
    ),

    test("passes strings through", () =>
      using(identity("string"), async (session) => {
        const x: TensorData = { dtype: "string", shape: [3], data: ["a", "", "ünïcode"] };
        const { y } = await session.run({ x });
        same(y, x);
      })),

    test("passes scalars through", () =>
      using(identity("float32", []), async (session) => {
        const { y } = await session.run({ x: f32([], [7]) });
        same(y!.shape, []);
        same(numbersOf(y!), [7]);
      })),

    test("leaves feeds as they are, also parts of larger and shared buffers", () =>
      using(twoOutputs(), async (session) => {
        const whole = Float32Array.of(9, 9, 1, 2, 3, 9);
        const part: TensorData = { dtype: "float32", shape: [1, 3], data: whole.subarray(2, 5) };
        same(numbersOf((await session.run({ x: part })).y!), [2, 3, 4]);
        same([...whole], [9, 9, 1, 2, 3, 9]);
        // Pages share memory only when they are isolated; Node always does.
        if (typeof SharedArrayBuffer === "undefined") return;
        const shared = new Float32Array(new SharedArrayBuffer(12));
        shared.set([4, 5, 6]);
        const { y } = await session.run({ x: { dtype: "float32", shape: [1, 3], data: shared } });
        same(numbersOf(y!), [5, 6, 7]);
        same([...shared], [4, 5, 6]);
      })),

    test("takes feeds that are given away, and outputs stay valid after the next run", () =>
      using(twoOutputs(), async (session) => {
        const first = await session.run({ x: x23() }, { transfer: true });
        const whole = Float32Array.of(9, 9, 1, 2, 3, 9);
        const part: TensorData = { dtype: "float32", shape: [1, 3], data: whole.subarray(2, 5) };
        await session.run({ x: part }, { transfer: true });
        same([...whole], [9, 9, 1, 2, 3, 9]);
        same(numbersOf(first.y!), [2, 3, 4, 5, 6, 7]);
      })),

    test("keeps the order of runs that overlap", () =>
      using(twoOutputs(), async (session) => {
        const order: number[] = [];
        const runs = Array.from({ length: 20 }, async (_, i) => {
          const { y } = await session.run({ x: f32([1, 3], [i, i, i]) });
          order.push(numbersOf(y!)[0]! - 1);
        });
        await Promise.all(runs);
        same(
          order,
          Array.from({ length: 20 }, (_, i) => i),
        );
      })),

    test("refuses an unknown input, and suggests the nearest", () =>
      using(twoOutputs(), async (session) => {
        const error = await refused("unknown-name", session.run({ X: x23() }));
        contains(error, '"x"');
      })),

    test("refuses a missing input, and lists what the model takes", () =>
      using(failing(), async (session) => {
        const error = await refused("invalid-argument", session.run({ x: f32([6], [0, 0, 0, 0, 0, 0]) }));
        contains(error, "shape: int64[1]");
        contains(error, "x: float32[n]");
      })),

    test("refuses an unknown output", () =>
      using(twoOutputs(), async (session) => {
        contains(await refused("unknown-name", session.run({ x: x23() }, { outputs: ["w"] })), "y, z");
      })),

    test("refuses a wrong element type", () =>
      using(twoOutputs(), async (session) => {
        const x = tensorFrom("int32", [2, 3], [1, 2, 3, 4, 5, 6]);
        const error = await refused("dtype-mismatch", session.run({ x }));
        contains(error, "expected float32[batch,3]; got int32");
        const wrongArray: TensorData = { dtype: "float32", shape: [1, 3], data: new Int32Array(3) };
        contains(await refused("dtype-mismatch", session.run({ x: wrongArray })), "Int32Array");
      })),

    test("refuses wrong sizes, and works on", () =>
      using(twoOutputs(), async (session) => {
        const wrongSize = await refused("shape-mismatch", session.run({ x: f32([1, 4], [1, 2, 3, 4]) }));
        contains(wrongSize, "expected float32[batch,3]; got float32[1,4]");
        await refused("shape-mismatch", session.run({ x: f32([3], [1, 2, 3]) }));
        await refused("shape-mismatch", session.run({ x: f32([2, 3], [1, 2, 3]) }));
        same(numbersOf((await session.run({ x: x23() })).y!), [2, 3, 4, 5, 6, 7]);
      })),

    test("tells of a run that fails, and works on", () =>
      using(failing(), async (session) => {
        const x = f32([6], [1, 2, 3, 4, 5, 6]);
        const shape = (size: number): TensorData => tensorFrom("int64", [1], [size]);
        await refused("runtime-failed", session.run({ x, shape: shape(5) }));
        same(numbersOf((await session.run({ x, shape: shape(6) })).y!), [1, 2, 3, 4, 5, 6]);
      })),

    test("refuses what is no model, is empty, or uses operators that do not exist", async () => {
      await refused("invalid-model", makeSession(new TextEncoder().encode("no model, just text")));
      await refused("invalid-model", makeSession(new Uint8Array(0)));
      const unheardOf = makeModel({
        inputs: [["x", "float32", [1]]],
        outputs: [["y", "float32", [1]]],
        nodes: [["Unheard", ["x"], ["y"]]],
      });
      contains(await refused("unsupported", makeSession(unheardOf)), "Unheard");
    }),

    test("binds free dimensions", async () => {
      await using(
        twoOutputs(),
        async (session) => {
          same(session.inputs[0]!.shape, [2, 3]);
          same(numbersOf((await session.run({ x: x23() })).y!), [2, 3, 4, 5, 6, 7]);
          await refused("shape-mismatch", session.run({ x: f32([1, 3], [1, 2, 3]) }));
        },
        { freeDimensions: { batch: 2 } },
      );
      contains(
        await refused("unknown-name", makeSession(twoOutputs(), { freeDimensions: { bach: 2 } })),
        "batch",
      );
    }),

    test("warms up", async () => {
      await using(
        twoOutputs(),
        async (session) => {
          same(numbersOf((await session.run({ x: x23() })).y!), [2, 3, 4, 5, 6, 7]);
        },
        { freeDimensions: { batch: 2 }, warmUp: true },
      );
      contains(
        await refused("invalid-argument", makeSession(twoOutputs(), { warmUp: true })),
        "freeDimensions",
      );
    }),

    test("takes thread count and optimisation level", async () => {
      for (const optimisation of ["none", "basic", "extended", "layout", "all"] as const)
        await using(
          twoOutputs(),
          async (session) => {
            same(numbersOf((await session.run({ x: x23() })).z!), [2, 4, 6, 8, 10, 12]);
          },
          { threads: 1, optimisation },
        );
    }),

    test("does not start a run whose signal is aborted", () =>
      using(twoOutputs(), async (session) => {
        const error = await refused(
          "aborted",
          session.run({ x: x23() }, { signal: AbortSignal.abort("late") }),
        );
        contains(error, "late");
      })),

    test("drops a run that waits when its signal aborts", () =>
      using(slow(slowSize, 8), async (session) => {
        const x = square();
        const abort = new AbortController();
        let firstDone = false;
        const first = session.run({ x }).then(() => (firstDone = true));
        const second = session.run({ x }, { signal: abort.signal });
        const third = session.run({ x });
        abort.abort();
        await refused("aborted", second);
        truthy(!firstDone, "the abort before the first run's end");
        await Promise.all([first, third]);
      })),

    test(
      "rejects a run that computes when its signal aborts, and works on",
      () =>
        using(slow(slowSize, 24), async (session) => {
          const x = square();
          const abort = new AbortController();
          const run = session.run({ x }, { signal: abort.signal });
          setTimeout(() => {
            abort.abort();
          }, 1);
          await refused("aborted", run);
          await session.run({ x });
        }),
      blocksCaller ? "its runs hold the event loop" : undefined,
    ),

    test("does not create a session whose signal is aborted", async () => {
      await refused("aborted", makeSession(twoOutputs(), { signal: AbortSignal.abort() }));
    }),

    test("disposes: waiting runs are rejected, the one at work is finished, later ones refused", async () => {
      const session = await makeSession(slow(slowSize, 8));
      const x = square();
      const first = session.run({ x });
      const second = refused("aborted", session.run({ x }));
      const disposal = session.dispose();
      await second;
      same((await first).y!.shape, [slowSize, slowSize]);
      await disposal;
      contains(await refused("aborted", session.run({ x })), "disposed");
      await session.dispose();
    }),
  ];
}

const ELEMENTS: readonly [Parameters<typeof tensorFrom>[0], readonly number[]][] = [
  ["float32", [0, -1.5, 3.25]],
  ["float64", [0, -1.5, 1e300]],
  ["float16", [0, -1.5, 65504]],
  ["int8", [0, -128, 127]],
  ["uint8", [0, 1, 255]],
  ["int16", [0, -32768, 32767]],
  ["uint16", [0, 1, 65535]],
  ["int32", [0, -(2 ** 31), 2 ** 31 - 1]],
  ["uint32", [0, 1, 2 ** 32 - 1]],
  ["int64", [0, -(2 ** 53), 2 ** 53]],
  ["uint64", [0, 1, 2 ** 53]],
  ["bool", [0, 1, 1]],
];

function plain(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    return ArrayBuffer.isView(part) ? Array.from(part as NumericArray as Float32Array) : part;
  });
}

function same(got: unknown, expected: unknown): void {
  if (plain(got) !== plain(expected)) throw new Error(`expected ${plain(expected)}; got ${plain(got)}`);
}

function truthy(holds: boolean, expected: string): void {
  if (!holds) throw new Error(`expected ${expected}`);
}

function contains(error: MattelierError, text: string): void {
  if (!error.message.includes(text)) throw new Error(`expected a message with ${text}; got ${error.message}`);
}

async function refused(code: ErrorCode, promise: Promise<unknown>): Promise<MattelierError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MattelierError)) throw new Error(`expected ${code}; got ${String(error)}`);
  if (error.code !== code) throw new Error(`expected ${code}; got ${error.code} (${error.message})`);
  return error;
}
