/**
 * A plain value as it should cross to another thread: arrays that are only part of their buffer (a view into
 * WebAssembly's memory, say) are copied, since a message carries whole buffers.
 *
 * @param give let go of the buffers of the other arrays, rather than have the message copy them
 */
export function ownBuffers<T>(
  value: T,
  give: boolean,
): { readonly value: T; readonly buffers: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  const visit = (item: unknown): unknown => {
    if (ArrayBuffer.isView(item)) return array(item as Uint8Array);
    if (item instanceof Map) return new Map(Array.from(item, ([key, part]) => [key, visit(part)]));
    if (Array.isArray(item)) return item.length > 0 && typeof item[0] !== "object" ? item : item.map(visit);
    if (typeof item === "object" && item !== null)
      return Object.fromEntries(Object.entries(item).map(([key, part]) => [key, visit(part)]));
    return item;
  };
  const array = (view: Uint8Array): Uint8Array => {
    const { buffer } = view;
    const whole = buffer instanceof ArrayBuffer && view.byteLength === buffer.byteLength;
    if (whole && !(give && buffers.has(buffer))) {
      if (give) buffers.add(buffer);
      return view;
    }
    const copy = view.slice();
    buffers.add(copy.buffer);
    return copy;
  };
  return { value: visit(value) as T, buffers: [...buffers] };
}
