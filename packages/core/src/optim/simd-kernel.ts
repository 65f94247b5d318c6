import { leaf, symbolicArithmetic, type Expression } from "./arithmetic.js";
import type { UpdateRule } from "./update-rule.js";
import { instantiate, moduleBytes, op, type ValueType } from "./wasm-writer.js";

/**
 * An update rule as a loop over float32 arrays in a WebAssembly memory, four elements at a time, then one by
 * one: one pass, nothing allocated. V8 does not vectorise JavaScript; this is bound by memory's speed alone.
 */
export interface UpdateKernel {
  /** Names of the arrays, in the order of `pointers`. */
  readonly arrays: readonly string[];
  /**
   * @param count elements
   * @param coefficients byte address of the coefficients, float32, in the order of their names
   * @param pointers byte address of each array's first element; weights and slots are updated in place
   */
  run(count: number, coefficients: number, pointers: readonly number[]): void;
}

type Operation = Exclude<Expression["kind"], "leaf">;

/** What differs between the loop of four and the loop of one. */
interface Lanes {
  readonly type: ValueType;
  readonly bytes: number;
  readonly load: (offset: number) => readonly number[];
  readonly splat: (offset: number) => readonly number[];
  readonly store: (offset: number) => readonly number[];
  readonly operations: Readonly<Record<Operation, readonly number[]>>;
}

const FOUR: Lanes = {
  type: "v128",
  bytes: 16,
  load: op.v128.load,
  splat: op.v128.load32Splat,
  store: op.v128.store,
  operations: op.f32x4,
};
const ONE: Lanes = {
  type: "f32",
  bytes: 4,
  load: op.f32.load,
  splat: op.f32.load,
  store: op.f32.store,
  operations: op.f32,
};

/** Compile a rule for arrays in `memory`. */
export function compileKernel(
  rule: Pick<UpdateRule, "slots" | "update">,
  coefficientNames: readonly string[],
  memory: WebAssembly.Memory,
): UpdateKernel {
  const arrays = ["w", "g", ...rule.slots];
  const leaves = (names: readonly string[]): Record<string, Expression> =>
    Object.fromEntries(names.map((name) => [name, leaf(name)]));
  const inputs = leaves(arrays);
  const coefficients = leaves(coefficientNames);
  const next = rule.update(symbolicArithmetic, inputs, coefficients);
  const outputs = ["w", ...rule.slots].map((name) => ({ name, value: next[name]! }));

  // Parameters: count, address of coefficients, one address per array.
  const params: ValueType[] = ["i32", "i32", ...arrays.map((): ValueType => "i32")];
  const locals: ValueType[] = ["i32"];
  const end = params.length;
  const pointer = (name: string): number => 2 + arrays.indexOf(name);

  const newLocal = (type: ValueType): number => params.length + locals.push(type) - 1;

  /** A loop over [w, end), by the lanes' width. */
  const loop = (lanes: Lanes): readonly (readonly number[])[] => {
    const where = new Map<Expression, number>();
    const before: (readonly number[])[] = [];
    const body: (readonly number[])[] = [];
    for (const [i, name] of coefficientNames.entries()) {
      const local = newLocal(lanes.type);
      where.set(coefficients[name]!, local);
      before.push(op.get(1), lanes.splat(4 * i), op.set(local));
    }
    for (const name of arrays) {
      const local = newLocal(lanes.type);
      where.set(inputs[name]!, local);
      body.push(op.get(pointer(name)), lanes.load(0), op.set(local));
    }
    const place = (e: Expression): number => {
      const known = where.get(e);
      if (known !== undefined) return known;
      if (e.kind === "leaf") throw new RangeError(`no array or coefficient ${e.name}`);
      const operands = e.kind === "sqrt" ? [place(e.a)] : [place(e.a), place(e.b)];
      const local = newLocal(lanes.type);
      body.push(...operands.map(op.get), lanes.operations[e.kind], op.set(local));
      where.set(e, local);
      return local;
    };
    for (const { name, value } of outputs)
      body.push(op.get(pointer(name)), op.get(place(value)), lanes.store(0));
    for (const name of arrays)
      body.push(op.get(pointer(name)), op.i32.const(lanes.bytes), op.i32.add, op.set(pointer(name)));

    const more = [op.get(end), op.get(pointer("w")), op.i32.sub];
    return [
      ...before,
      ...[op.block, ...more, op.i32.eqz, op.brIf(0)],
      ...[op.loop, ...body, ...more, op.brIf(0), op.end, op.end],
    ];
  };

  const endAfter = (elements: readonly (readonly number[])[]): readonly (readonly number[])[] => [
    op.get(pointer("w")),
    ...elements,
    ...[op.i32.const(2), [0x74]], // shl: elements to bytes
    op.i32.add,
    op.set(end),
  ];
  const body = [
    ...endAfter([op.get(0), op.i32.const(-4), op.i32.and]),
    ...loop(FOUR),
    ...endAfter([op.get(0), op.i32.const(3), op.i32.and]),
    ...loop(ONE),
  ];
  const run = instantiate(moduleBytes({ params, locals, body }), memory);
  return { arrays, run: (count, at, pointers) => void run(count, at, ...pointers) };
}

/** Compile `(address, count) → Σ x²` in double precision; `count` must be a multiple of 4. */
export function compileSumOfSquares(memory: WebAssembly.Memory): (address: number, count: number) => number {
  // Locals: 2 end, 3 and 4 running sums, 5 two elements.
  const accumulate = (offset: number, sum: number): readonly (readonly number[])[] => [
    ...[op.get(0), op.f64x2.loadPromoted(offset), op.set(5)],
    ...[op.get(sum), op.get(5), op.get(5), op.f64x2.mul, op.f64x2.add, op.set(sum)],
  ];
  const more = [op.get(2), op.get(0), op.i32.sub];
  const run = instantiate(
    moduleBytes({
      params: ["i32", "i32"],
      result: "f64",
      locals: ["i32", "v128", "v128", "v128"],
      body: [
        ...[op.get(0), op.get(1), op.i32.const(2), [0x74], op.i32.add, op.set(2)],
        ...[op.block, ...more, op.i32.eqz, op.brIf(0), op.loop],
        ...accumulate(0, 3),
        ...accumulate(8, 4),
        ...[op.get(0), op.i32.const(16), op.i32.add, op.set(0)],
        ...[...more, op.brIf(0), op.end, op.end],
        ...[op.get(3), op.get(4), op.f64x2.add, op.set(3)],
        ...[op.get(3), op.f64x2.extract(0), op.get(3), op.f64x2.extract(1), op.f64.add],
      ],
    }),
    memory,
  );
  return run;
}
