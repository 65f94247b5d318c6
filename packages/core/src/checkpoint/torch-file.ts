import { unzipSync } from "fflate";
import { byteLength } from "../util/dtype.js";
import { MattelierError, messageOf } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import { unpickle, type Pickled } from "./pickle.js";
import { isTorchTensor, materialise, torchWorld } from "./torch-tensors.js";

/** A checkpoint's contents: plain data with tensors in it. Dicts are Maps, tuples and lists arrays. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | TensorLeaf
  | TorchValue[]
  | Map<TorchValue, TorchValue>;

export interface TensorLeaf {
  readonly tensor: TensorData;
}

/** First bytes of the older format: the pickled magic number 0x1950a86a20f9469cfc6c. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * Read a PyTorch checkpoint, the zip format (1.6 and later) or the older one, without running anything in it.
 * @throws MattelierError `invalid-data` for anything but tensors and plain containers, or a damaged file
 */
export function decodeTorchFile(bytes: Uint8Array, where = "checkpoint"): TorchValue {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return decodeZip(bytes, where);
  if (bytes[0] === 0x80) return decodeLegacy(bytes, where);
  throw new MattelierError({
    code: "invalid-data",
    where,
    expected: "a PyTorch checkpoint (zip or pickle)",
    got: bytes.length === 0 ? "an empty file" : "something else",
    fix: "give a .pth or .pt file that torch.save wrote, or a .safetensors or .onnx file.",
  });
}

function decodeZip(bytes: Uint8Array, where: string): TorchValue {
  let files: Record<string, Uint8Array>;
  try {
    let unpacked = 0;
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        // PyTorch stores without compression: an archive that swells is made to exhaust memory.
        unpacked += originalSize;
        if (unpacked > 8 * bytes.length) throw new Error("contents many times the file's size");
        return !name.includes("/code/");
      },
    });
  } catch (cause) {
    throw damaged(where, "a whole zip archive of stored tensors", messageOf(cause), cause);
  }
  const pickleName = Object.keys(files).find((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickleName === undefined) {
    const names = Object.keys(files).slice(0, 5).join(", ");
    throw damaged(where, "data.pkl in the archive (a TorchScript program has none)", names);
  }
  const folder = pickleName.slice(0, -"data.pkl".length);
  const order = files[`${folder}byteorder`];
  if (order !== undefined && new TextDecoder().decode(order).trim() !== "little")
    throw damaged(where, "little-endian tensors", "big-endian ones");
  const { value } = unpickle(files[pickleName]!, torchWorld(where), { where });
  return resolve(value, where, (key) => files[`${folder}data/${key}`]);
}

function decodeLegacy(bytes: Uint8Array, where: string): TorchValue {
  const world = torchWorld(where);
  const magic = unpickle(bytes, world, { where });
  if (magic.value !== LEGACY_MAGIC) {
    // A bare pickle: a state dict cannot be one, since storages would have nowhere to be. Read it for its error.
    throw damaged(where, "PyTorch's magic number", "a pickle of another program");
  }
  const protocol = unpickle(bytes, world, { where, offset: magic.end });
  const system = unpickle(bytes, world, { where, offset: protocol.end });
  if (system.value instanceof Map && system.value.get("little_endian") === false)
    throw damaged(where, "little-endian tensors", "big-endian ones");

  const body = unpickle(bytes, world, { where, offset: system.end });
  const keys = unpickle(bytes, world, { where, offset: body.end });
  const storages = new Map<string, Uint8Array>();
  const elementBytes = storageElementBytes(body.value);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = keys.end;
  for (const key of Array.isArray(keys.value) ? keys.value : []) {
    if (typeof key !== "string" || at + 8 > bytes.length)
      throw damaged(where, "all storages", "a file cut short");
    const size = Number(view.getBigInt64(at, true)) * (elementBytes.get(key) ?? 0);
    at += 8;
    if (size < 0 || at + size > bytes.length)
      throw damaged(where, `${size} bytes of storage ${key}`, "a file cut short");
    storages.set(key, bytes.subarray(at, at + size));
    at += size;
  }
  return resolve(body.value, where, (key) => storages.get(key));
}

/** Bytes per element of each storage that the tensors in a value refer to. */
function storageElementBytes(value: Pickled, into = new Map<string, number>()): Map<string, number> {
  if (isTorchTensor(value)) into.set(value.storage.key, byteLength(value.storage.dtype, 1));
  else if (value instanceof Map) for (const item of value.values()) storageElementBytes(item, into);
  else if (Array.isArray(value)) for (const item of value) storageElementBytes(item, into);
  return into;
}

/** Put the tensors' contents into the pickled structure. */
function resolve(
  value: Pickled,
  where: string,
  storage: (key: string) => Uint8Array | undefined,
): TorchValue {
  if (isTorchTensor(value)) {
    const bytes = storage(value.storage.key);
    if (bytes === undefined) throw damaged(where, `storage ${value.storage.key}`, "none in the file");
    return { tensor: materialise(value, bytes, where) };
  }
  if (value instanceof Map)
    return new Map([...value].map(([k, v]) => [resolve(k, where, storage), resolve(v, where, storage)]));
  if (Array.isArray(value)) return value.map((item) => resolve(item, where, storage));
  if (value !== null && typeof value === "object" && "pickled" in value)
    throw damaged(where, "tensors and plain containers", value.pickled);
  return value;
}

function damaged(where: string, expected: string, got: string, cause?: unknown): MattelierError {
  const fix = "save the state dict with torch.save, or as .safetensors; if it was so, copy the file again.";
  return new MattelierError({ code: "invalid-data", where, expected, got, fix, cause });
}
