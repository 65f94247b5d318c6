// UTF-8 that loses nothing: bytes that are no UTF-8 become lone surrogates U+DC80..U+DCFF, one per byte (Python calls
// it surrogateescape), and are written back as those bytes. Valid UTF-8 never holds lone surrogates.

const strict = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();

export function decodeUtf8(bytes: Uint8Array): string {
  const short = decodeShortAscii(bytes, 0, bytes.length);
  if (short !== undefined) return short;
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** Text of a short run of ASCII; undefined when it is neither short nor ASCII. Spares the call into the decoder. */
export function decodeShortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > 12) return undefined;
  let text = "";
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const [a, b, c, d] = [bytes[i]!, bytes[i + 1]!, bytes[i + 2]!, bytes[i + 3]!];
    if ((a | b | c | d) >= 0x80) return undefined;
    text += String.fromCharCode(a, b, c, d);
  }
  for (; i < end; i++) {
    if (bytes[i]! >= 0x80) return undefined;
    text += String.fromCharCode(bytes[i]!);
  }
  return text;
}

/** Is this text UTF-8 throughout (no byte had to be escaped)? */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    if (length === 0) text += String.fromCharCode(0xdc00 + bytes[i++]!);
    else {
      text += strict.decode(bytes.subarray(i, i + length));
      i += length;
    }
  }
  return text;
}

/** Bytes of the valid sequence that starts at i; 0 when none does. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > bytes.length) return 0;
  const second = bytes[i + 1]!;
  if (lead === 0xe0 && second < 0xa0) return 0; // overlong
  if (lead === 0xed && second >= 0xa0) return 0; // surrogates
  if (lead === 0xf0 && second < 0x90) return 0; // overlong
  if (lead === 0xf4 && second >= 0x90) return 0; // beyond U+10FFFF
  for (let k = 1; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return 0;
  return length;
}

/** Bytes that {@link writeUtf8} writes. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (isPairAt(text, i)) {
      length += 2; // four bytes for two units
      i += 1;
    } else if (!isEscaped(unit)) length += 2;
  }
  return length;
}

/** Write text at a position; returns the position after it. */
export function writeUtf8(text: string, target: Uint8Array, position: number): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return writeRest(text, i, target, position + i);
    target[position + i] = unit;
  }
  return position + text.length;
}

function writeRest(text: string, from: number, target: Uint8Array, position: number): number {
  let at = position;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) target[at++] = unit;
    else if (isEscaped(unit)) target[at++] = unit - 0xdc00;
    else {
      const pair = isPairAt(text, i);
      at += encoder.encodeInto(text.slice(i, i + (pair ? 2 : 1)), target.subarray(at)).written;
      if (pair) i += 1;
    }
  }
  return at;
}

/** Text as bytes of its own. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

// A low surrogate is met alone here: pairs are taken whole.
const isEscaped = (unit: number): boolean => unit >= 0xdc80 && unit <= 0xdcff;

function isPairAt(text: string, i: number): boolean {
  const high = text.charCodeAt(i);
  if (high < 0xd800 || high > 0xdbff || i + 1 >= text.length) return false;
  const low = text.charCodeAt(i + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}
