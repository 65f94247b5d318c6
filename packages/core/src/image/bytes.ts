import type { Samples } from "./picture.js";

/** The bytes of an array of samples (or of a Node buffer) as a plain view, not copied. */
export function bytesOf(samples: Samples): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** 16-bit samples in native byte order from bytes; copied only when they lie at an odd address. */
export function wordsOf(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}

/** New samples of the same depth, all zero. */
export function samplesLike<S extends Samples>(data: S, length: number): S {
  return (data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length)) as S;
}

/** 16-bit samples rounded to 8 bits: `v · 255 / 65535`, so 257·k gives k. */
export function toEightBits(samples: Samples): Uint8Array {
  if (samples instanceof Uint8Array) return samples;
  const out = new Uint8Array(samples.length);
  for (let i = 0; i < out.length; i++) out[i] = (samples[i]! * 255 + 32895) >>> 16;
  return out;
}

/** 8-bit samples widened to 16 bits: k gives 257·k, so 255 gives 65535. */
export function toSixteenBits(samples: Samples): Uint16Array {
  if (samples instanceof Uint16Array) return samples;
  const out = new Uint16Array(samples.length);
  for (let i = 0; i < out.length; i++) out[i] = samples[i]! * 257;
  return out;
}
