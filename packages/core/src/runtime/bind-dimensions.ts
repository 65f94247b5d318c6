import { encodeModel, decodeModel } from "../onnx/model.js";
import type { DimensionProto, ValueInfoProto } from "../onnx/schema.js";
import { MattelierError } from "../util/errors.js";
import { unknownName } from "../util/nearest-name.js";

/**
 * A model with sizes in the place of symbols in its inputs' shapes. (onnxruntime-node does not pass
 * `freeDimensionOverrides` on.)
 *
 * @throws MattelierError `unknown-name` for a symbol that no input has, `invalid-argument` for what is no size
 */
export function bindDimensions(
  bytes: Uint8Array,
  sizes: Readonly<Record<string, number>>,
  where: string,
): Uint8Array {
  const model = decodeModel(bytes, where);
  const graph = model.graph ?? {};
  const known = new Set(graph.input?.flatMap(dimsOf).flatMap(({ dimParam }) => dimParam ?? []));
  for (const [symbol, size] of Object.entries(sizes)) {
    if (!known.has(symbol)) throw unknownName(`${where}, free dimensions`, symbol, [...known]);
    if (!Number.isSafeInteger(size) || size < 1)
      throw new MattelierError({
        code: "invalid-argument",
        where: `${where}, free dimension ${symbol}`,
        expected: "a whole number from 1 on",
        got: String(size),
      });
  }
  const bind = (info: ValueInfoProto): ValueInfoProto => {
    const dim = dimsOf(info).map((size): DimensionProto => {
      const bound = size.dimParam === undefined ? undefined : sizes[size.dimParam];
      return bound === undefined ? size : { dimValue: bound };
    });
    const tensorType = info.type?.tensorType;
    return tensorType?.shape === undefined
      ? info
      : { ...info, type: { ...info.type, tensorType: { ...tensorType, shape: { dim } } } };
  };
  const input = graph.input?.map(bind);
  const output = graph.output?.map(bind);
  return encodeModel(
    { ...model, graph: { ...graph, ...(input && { input }), ...(output && { output }) } },
    where,
  );
}

const dimsOf = (info: ValueInfoProto): readonly DimensionProto[] => info.type?.tensorType?.shape?.dim ?? [];
