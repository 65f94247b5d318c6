import { crc32c } from "./crc32c.js";

/**
 * One record of a TFRecord file: u64 length, its checksum, the bytes, their checksum, all little-endian.
 * Checksums are CRC-32C, rotated and shifted, so that a checksum of data that holds one is not trivial.
 * Source: tensorflow/core/lib/io/record_writer.h.
 */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return record;
}

function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
