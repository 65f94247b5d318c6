import fc from "fast-check";
import type { FieldSpec, MessageSpec } from "./messages.js";
import { ONNX_SCHEMA, type OnnxMessage, type OnnxMessageName } from "./schema.js";

const bytes = fc.uint8Array({ maxLength: 40 });
const int64 = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((x) => (x >= Number.MIN_SAFE_INTEGER && x <= Number.MAX_SAFE_INTEGER ? Number(x) : x));
const float = fc.float({ noNaN: true });

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  int32: fc.integer(),
  int64: fc.oneof(int64, fc.integer({ min: -200, max: 200 })),
  float,
  double: fc.double({ noNaN: true }),
  string: fc.string({ unit: "binary", maxLength: 40 }),
  bytes,
  blob: bytes,
  "packed float": fc.float32Array({ minLength: 1, noNaN: true }),
  "packed double": fc.float64Array({ minLength: 1, noNaN: true }),
  "packed int32": fc.int32Array({ minLength: 1 }),
  "packed int64": fc.bigInt64Array({ minLength: 1 }),
  "packed uint64": fc.bigUint64Array({ minLength: 1 }),
};

const NESTING = 3;

function fieldArbitrary(kind: string, depth: number): fc.Arbitrary<unknown> | undefined {
  if (kind.endsWith("[]")) {
    const element = fieldArbitrary(kind.slice(0, -2), depth);
    return element && fc.array(element, { minLength: 1, maxLength: 2 });
  }
  if (kind in SCALARS) return SCALARS[kind]!;
  return depth >= NESTING ? undefined : messageAt(kind as OnnxMessageName, depth + 1);
}

function messageAt(name: OnnxMessageName, depth: number): fc.Arbitrary<unknown> {
  const spec: MessageSpec = ONNX_SCHEMA[name];
  const entries = Object.entries(spec);
  const plain = entries.filter(([, [, , oneof]]) => oneof === undefined);
  const record = (fields: [string, FieldSpec][]): fc.Arbitrary<object> =>
    fc.record(
      Object.fromEntries(
        fields.flatMap(([field, [, kind]]) => {
          const arbitrary = fieldArbitrary(kind, depth);
          // Deep down, fields get rare, or messages would never end.
          return arbitrary === undefined
            ? []
            : [[field, depth > 0 ? fc.option(arbitrary, { nil: undefined, freq: 1 }) : arbitrary]];
        }),
      ),
      { requiredKeys: [] },
    );
  const rivals = entries.filter(([, [, , oneof]]) => oneof !== undefined);
  const one = rivals.length === 0 ? fc.constant({}) : fc.oneof(...rivals.map((rival) => record([rival])));
  return fc
    .tuple(record(plain), one)
    .map(([a, b]) =>
      Object.fromEntries(Object.entries({ ...a, ...b }).filter(([, value]) => value !== undefined)),
    );
}

/** Any message of the schema, with any of its fields. */
export function arbitraryMessage<M extends OnnxMessageName>(name: M): fc.Arbitrary<OnnxMessage<M>> {
  return messageAt(name, 0) as fc.Arbitrary<OnnxMessage<M>>;
}
