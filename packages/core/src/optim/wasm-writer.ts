/** Just enough of the WebAssembly binary format (core specification 2.0, chapter 5) to write one function. */

type Code = readonly number[];

/** Unsigned LEB128. */
export function leb(value: number): Code {
  const bytes: number[] = [];
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

/** Signed LEB128, for constants. */
export function signedLeb(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return [...bytes, rest & 0x7f];
}

export const VALUE_TYPES = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof VALUE_TYPES;

/** Instructions by their text names. Those of SIMD carry the prefix 0xfd. */
export const op = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: [0x0b],
  br: (depth: number): Code => [0x0c, ...leb(depth)],
  brIf: (depth: number): Code => [0x0d, ...leb(depth)],
  get: (local: number): Code => [0x20, ...leb(local)],
  set: (local: number): Code => [0x21, ...leb(local)],
  i32: {
    const: (value: number): Code => [0x41, ...signedLeb(value)],
    eqz: [0x45],
    add: [0x6a],
    sub: [0x6b],
    and: [0x71],
  },
  f32: {
    load: (offset: number): Code => [0x2a, 2, ...leb(offset)],
    store: (offset: number): Code => [0x38, 2, ...leb(offset)],
    sqrt: [0x91],
    add: [0x92],
    sub: [0x93],
    mul: [0x94],
    div: [0x95],
    min: [0x96],
    max: [0x97],
  },
  f64: { add: [0xa0], mul: [0xa2], promote: [0xbb] },
  v128: {
    load: (offset: number): Code => [0xfd, 0x00, 2, ...leb(offset)],
    load32Splat: (offset: number): Code => [0xfd, 0x09, 2, ...leb(offset)],
    store: (offset: number): Code => [0xfd, 0x0b, 2, ...leb(offset)],
  },
  f32x4: {
    sqrt: [0xfd, ...leb(0xe3)],
    add: [0xfd, ...leb(0xe4)],
    sub: [0xfd, ...leb(0xe5)],
    mul: [0xfd, ...leb(0xe6)],
    div: [0xfd, ...leb(0xe7)],
    min: [0xfd, ...leb(0xe8)],
    max: [0xfd, ...leb(0xe9)],
  },
  f64x2: {
    /** v128.load64_zero, then f64x2.promote_low_f32x4: two singles as doubles. */
    loadPromoted: (offset: number): Code => [0xfd, ...leb(0x5d), 2, ...leb(offset), 0xfd, ...leb(0x5f)],
    extract: (lane: number): Code => [0xfd, 0x21, lane],
    add: [0xfd, ...leb(0xf0)],
    mul: [0xfd, ...leb(0xf2)],
  },
} as const;

export interface FunctionSource {
  readonly params: readonly ValueType[];
  readonly result?: ValueType;
  /** Locals, numbered after the parameters. */
  readonly locals: readonly ValueType[];
  readonly body: readonly Code[];
}

/** A module that imports the memory `env.memory` and exports the function `run`. */
export function moduleBytes({ params, result, locals, body }: FunctionSource): Uint8Array<ArrayBuffer> {
  const text = (s: string): Code => [...leb(s.length), ...Array.from(s, (c) => c.charCodeAt(0))];
  const types = (list: readonly ValueType[]): Code => [
    ...leb(list.length),
    ...list.map((t) => VALUE_TYPES[t]),
  ];
  const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
  const code = [
    ...leb(locals.length),
    ...locals.flatMap((type) => [1, VALUE_TYPES[type]]),
    ...body.flat(),
    ...op.end,
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, ...types(params), ...types(result === undefined ? [] : [result])]),
    ...section(2, [1, ...text("env"), ...text("memory"), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("run"), 0x00, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

/** Instantiate in a memory. @returns the exported function */
export function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
): (...args: number[]) => number {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return instance.exports["run"] as (...args: number[]) => number;
}
