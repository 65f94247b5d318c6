import { strToU8, zipSync } from "fflate";
import type { StateDict } from "./state-dict.js";

// Just enough of torch.save to make checkpoints for tests: a flat state dict in the zip format, pickle protocol 2.

const STORAGES: Readonly<Record<string, string>> = { float32: "FloatStorage", int64: "LongStorage" };

/** A .pth as PyTorch writes it. */
export function encodeTorchFile(state: StateDict): Uint8Array {
  const files: Record<string, Uint8Array> = {};
  const items = [...state].map(([key, { dtype, shape, data }], i) => {
    const { buffer, byteOffset, byteLength } = data as Float32Array | BigInt64Array;
    files[`archive/data/${i}`] = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((n, dim) => n * dim, 1));
    const id = `(${text("storage")}ctorch\n${STORAGES[dtype]!}\n${text(String(i))}${text("cpu")}${int(data.length)}tQ`;
    const hooks = "\x89ccollections\nOrderedDict\n)R";
    const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${id}${int(0)}${tuple(shape)}${tuple(strides)}${hooks}tR`;
    return `${text(key)}${tensor}s`;
  });
  files["archive/data.pkl"] = strToU8(`\x80\x02}${items.join("")}.`, true);
  return zipSync(files, { level: 0 });
}

/** Opcodes, a character a byte. Keys are ASCII. */
const text = (s: string): string => `X${u32(s.length)}${s}`;
const int = (n: number): string => `J${u32(n)}`;
const tuple = (numbers: readonly number[]): string => `(${numbers.map(int).join("")}t`;
const u32 = (n: number): string =>
  String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255);
