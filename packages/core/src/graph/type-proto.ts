import { DATA_TYPE_CODES, dataTypeName, dtypeOfCode } from "../onnx/data-types.js";
import type { DimensionProto, TypeProto, ValueInfoProto } from "../onnx/schema.js";
import type { Dim } from "./dim.js";
import type { ValueType } from "./value.js";

/** Makes up symbols for sizes that a file leaves open, and knows them again. */
export class OpenDims {
  readonly #taken: ReadonlySet<string>;
  readonly #made = new Set<string>();

  /** @param infos all that the file says of shapes: its own symbols are not used again */
  constructor(infos: readonly ValueInfoProto[]) {
    const dims = infos.flatMap(({ type }) => type?.tensorType?.shape?.dim ?? []);
    this.#taken = new Set(dims.flatMap(({ dimParam }) => dimParam ?? []));
  }

  make(): string {
    let i = this.#made.size;
    while (this.#taken.has(`unk__${i}`) || this.#made.has(`unk__${i}`)) i += 1;
    this.#made.add(`unk__${i}`);
    return `unk__${i}`;
  }

  /** Does a size depend on a made-up symbol? */
  isOpen(dim: Dim): boolean {
    return (
      typeof dim === "string" && (dim.match(/\bunk__\d+\b/g) ?? []).some((symbol) => this.#made.has(symbol))
    );
  }
}

/** A type of a file; undefined for what {@link ValueType} cannot say: no tensor, no shape, a type we do not hold. */
export function valueTypeOf(proto: TypeProto | undefined, open: OpenDims): ValueType | undefined {
  const { elemType, shape } = proto?.tensorType ?? {};
  const dtype = dtypeOfCode(elemType ?? 0);
  if (dtype === undefined || shape === undefined) return undefined;
  return { dtype, shape: (shape.dim ?? []).map((dim) => dimOf(dim, open)) };
}

function dimOf({ dimValue, dimParam }: DimensionProto, open: OpenDims): Dim {
  if (dimValue !== undefined && dimValue >= 0) return Number(dimValue);
  return dimParam === undefined || dimParam === "" ? open.make() : dimParam;
}

/** A type for a file. Denotations of the type that it replaces are kept. */
export function typeProtoOf(
  { dtype, shape }: ValueType,
  open: OpenDims | undefined,
  earlier?: TypeProto,
): TypeProto {
  const dims = earlier?.tensorType?.shape?.dim;
  const dim = shape.map((size, i): DimensionProto => {
    const denotation = dims?.length === shape.length ? dims[i]!.denotation : undefined;
    return { ...sizeProto(size, open), ...(denotation === undefined ? {} : { denotation }) };
  });
  return {
    ...(earlier?.denotation === undefined ? {} : { denotation: earlier.denotation }),
    tensorType: { elemType: DATA_TYPE_CODES[dtype], shape: dim.length === 0 ? {} : { dim } },
  };
}

function sizeProto(size: Dim, open: OpenDims | undefined): DimensionProto {
  if (typeof size === "number") return { dimValue: size };
  return open?.isOpen(size) === true ? {} : { dimParam: size };
}

export function sameType(a: ValueType | undefined, b: ValueType | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((dim, i) => dim === b.shape[i])
  );
}

/** Any type of a file for people: `sequence(float32[n,?])`. */
export function describeType(proto: TypeProto | undefined): string {
  const { tensorType, sequenceType, mapType, optionalType, sparseTensorType, opaqueType } = proto ?? {};
  if (tensorType !== undefined) return describeTensor(tensorType);
  if (sparseTensorType !== undefined) return `sparse(${describeTensor(sparseTensorType)})`;
  if (sequenceType !== undefined) return `sequence(${describeType(sequenceType.elemType)})`;
  if (optionalType !== undefined) return `optional(${describeType(optionalType.elemType)})`;
  if (mapType !== undefined)
    return `map(${dataTypeName(mapType.keyType ?? 0)}, ${describeType(mapType.valueType)})`;
  return opaqueType === undefined
    ? "unknown"
    : `opaque(${opaqueType.domain ?? ""}, ${opaqueType.name ?? ""})`;
}

function describeTensor({ elemType, shape }: NonNullable<TypeProto["tensorType"]>): string {
  const dims = shape?.dim?.map(({ dimValue, dimParam }) => dimValue ?? dimParam ?? "?");
  return `${dataTypeName(elemType ?? 0)}${shape === undefined ? "" : `[${(dims ?? []).join(",")}]`}`;
}
