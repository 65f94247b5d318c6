import type { NumericArray } from "../util/dtype.js";
import type { TensorData } from "../util/tensor-data.js";

type Tensors = Readonly<Record<string, TensorData>>;

/** Does the array hold the whole of a buffer that can be given away? */
const ownsBuffer = (array: NumericArray): boolean =>
  array.buffer instanceof ArrayBuffer && array.byteLength === array.buffer.byteLength;

/**
 * Tensors as they cross to another thread, and the buffers that go along. Never more than one copy of a tensor is
 * made: none where `give` lets its buffer go, otherwise one of just its elements.
 */
export function packTensors(
  tensors: Tensors,
  give: boolean,
): { readonly tensors: Tensors; readonly buffers: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  const packed = Object.entries(tensors).map(([name, tensor]): [string, TensorData] => {
    if (tensor.dtype === "string") return [name, tensor];
    const array = tensor.data as NumericArray;
    const given = give && ownsBuffer(array) && !buffers.has(array.buffer as ArrayBuffer);
    const data = given ? array : array.slice();
    buffers.add(data.buffer as ArrayBuffer);
    return [name, { dtype: tensor.dtype, shape: tensor.shape, data }];
  });
  return { tensors: Object.fromEntries(packed), buffers: [...buffers] };
}

/** Bytes in a buffer of their own: the same ones if they are given away and can be, else a copy. */
export function ownBytes(bytes: Uint8Array, give: boolean): Uint8Array<ArrayBuffer> {
  return give && ownsBuffer(bytes) ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}

/**
 * Free memory now rather than at some later garbage collection: the arrays are empty afterwards. (A message that
 * nobody can receive takes its buffers with it.)
 */
export function freeArrays(arrays: Iterable<TensorData["data"] | undefined>): void {
  const buffers = new Set<ArrayBuffer>();
  for (const array of arrays)
    if (ArrayBuffer.isView(array) && ownsBuffer(array)) buffers.add(array.buffer as ArrayBuffer);
  if (buffers.size === 0) return;
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.postMessage(undefined, [...buffers]);
  port1.close();
}
