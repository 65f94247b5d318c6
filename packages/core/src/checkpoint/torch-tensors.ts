import { arrayConstructor, byteLength, type DType, type NumericArray } from "../util/dtype.js";
import { MattelierError } from "../util/errors.js";
import { sizeOf, type TensorData } from "../util/tensor-data.js";
import type { Pickled, PickleGlobal, PickleObject, PickleWorld } from "./pickle.js";

/** Storage classes of PyTorch and the element types that they hold. */
const STORAGES: Readonly<Record<string, Exclude<DType, "string">>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.ShortStorage": "int16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
};

/** Storage named by a persistent id; its bytes come from elsewhere in the file. */
export interface TorchStorage extends PickleObject {
  readonly pickled: "storage";
  readonly key: string;
  readonly dtype: Exclude<DType, "string">;
  readonly count: number;
}

/** A tensor as pickled: a strided window on a storage. */
export interface TorchTensor extends PickleObject {
  readonly pickled: "tensor";
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export function isTorchTensor(value: Pickled | undefined): value is TorchTensor {
  return isObject(value) && value.pickled === "tensor";
}

const isObject = (value: Pickled | undefined): value is PickleObject =>
  value !== null && typeof value === "object" && "pickled" in value;

/** The only things that a PyTorch checkpoint of ours may hold beside plain data. */
export function torchWorld(where: string): PickleWorld {
  const fail = (expected: string, got: Pickled | undefined): never => {
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected,
      got: JSON.stringify(got),
    });
  };
  const sizes = (value: Pickled | undefined): readonly number[] =>
    Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && (x as number) >= 0)
      ? (value as number[])
      : fail("sizes", value);

  const rebuildTensor = ([storage, offset, shape, strides]: readonly Pickled[]): TorchTensor => {
    if (!isObject(storage) || storage.pickled !== "storage") return fail("a storage", storage);
    const at = sizes([offset ?? null])[0]!;
    return {
      pickled: "tensor",
      storage: storage as TorchStorage,
      offset: at,
      shape: sizes(shape),
      strides: sizes(strides),
    };
  };

  return {
    makers: new Map<string, (args: readonly Pickled[]) => Pickled>([
      ["collections.OrderedDict", (args) => new Map((args[0] ?? []) as [Pickled, Pickled][])],
      ["torch._utils._rebuild_tensor_v2", rebuildTensor],
      ["torch._utils._rebuild_tensor", rebuildTensor],
      ["torch._utils._rebuild_parameter", ([tensor]) => tensor ?? null],
      ["torch.Size", ([dims]) => dims ?? []],
    ]),
    isMarker: (name) => Object.hasOwn(STORAGES, name),
    persistent(id) {
      const [kind, type, key, , count] = Array.isArray(id) ? id : [];
      const dtype = isObject(type) ? STORAGES[(type as PickleGlobal).name] : undefined;
      if (kind !== "storage" || dtype === undefined || typeof key !== "string") return fail("a storage", id);
      const storage: TorchStorage = { pickled: "storage", key, dtype, count: sizes([count ?? null])[0]! };
      return storage;
    },
  };
}

/** Take a pickled tensor's elements out of its storage's bytes, made contiguous. */
export function materialise(tensor: TorchTensor, bytes: Uint8Array, where: string): TensorData {
  const { storage, offset, shape, strides } = tensor;
  const { dtype } = storage;
  const need =
    sizeOf(shape) === 0 ? 0 : 1 + offset + shape.reduce((s, n, i) => s + (n - 1) * (strides[i] ?? 0), 0);
  const have = Math.floor(bytes.length / byteLength(dtype, 1));
  if (strides.length !== shape.length || need > have)
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: `${need} elements in storage ${storage.key}`,
      got: String(have),
      fix: "the checkpoint is cut short or damaged: copy or download it again.",
    });
  const ArrayType = arrayConstructor(dtype);
  const aligned = bytes.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  const all = new ArrayType(aligned.buffer, aligned.byteOffset, have);
  if (isContiguous(shape, strides)) return { dtype, shape, data: all.slice(offset, offset + sizeOf(shape)) };
  return { dtype, shape, data: gather(all, new ArrayType(sizeOf(shape)), { offset, shape, strides }) };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

function gather(
  all: NumericArray,
  out: NumericArray,
  { offset, shape, strides }: Pick<TorchTensor, "offset" | "shape" | "strides">,
): NumericArray {
  const index = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < out.length; i++) {
    out[i] = all[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
