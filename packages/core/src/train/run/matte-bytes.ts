/** A matte in [0, 1] as 8 bits; what lies outside is brought to the nearer end. */
export function matteBytes(matte: Float32Array): Uint8Array {
  return Uint8Array.from(matte, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}
