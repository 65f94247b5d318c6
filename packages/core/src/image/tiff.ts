import { bytesOf } from "./bytes.js";
import { hasAlpha, picture, type Picture } from "./picture.js";

/** Bytes of a value, by field type: UNDEFINED (7) is a byte. */
const SIZES = { SHORT: 2, LONG: 4, UNDEFINED: 1 } as const;
const TYPE_NUMBERS = { SHORT: 3, LONG: 4, UNDEFINED: 7 } as const;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const ROWS_PER_STRIP = 64;

type Field = readonly [tag: number, type: keyof typeof SIZES, values: ArrayLike<number>];

/**
 * A picture and its ICC profile as the bytes of an uncompressed TIFF (TIFF 6.0; tag 34675 is ICC.1's): the way
 * to hand sharp raw pixels together with a profile. It costs a copy of the pixels.
 */
export function uncompressedTiff(source: Picture, icc: Uint8Array): Uint8Array {
  const { widthPx, heightPx, channels, data } = source;
  const rowBytes = widthPx * channels * data.BYTES_PER_ELEMENT;
  const strips = Math.ceil(heightPx / ROWS_PER_STRIP);
  const rowsOf = (strip: number) => Math.min(ROWS_PER_STRIP, heightPx - strip * ROWS_PER_STRIP);
  const offsets = new Uint32Array(strips); // filled in when it is known where pixels begin
  const fields: readonly Field[] = [
    [256, "LONG", [widthPx]],
    [257, "LONG", [heightPx]],
    [258, "SHORT", Array<number>(channels).fill(8 * data.BYTES_PER_ELEMENT)],
    [259, "SHORT", [1]], // no compression
    [262, "SHORT", [channels <= 2 ? 1 : 2]], // black is zero; RGB
    [273, "LONG", offsets],
    [277, "SHORT", [channels]],
    [278, "LONG", [ROWS_PER_STRIP]],
    [279, "LONG", Uint32Array.from(offsets, (_, strip) => rowBytes * rowsOf(strip))],
    [284, "SHORT", [1]], // interleaved
    ...(hasAlpha(source) ? [[338, "SHORT", [2]] satisfies Field] : []), // straight alpha
    [34675, "UNDEFINED", icc],
  ];

  // A field's values stand in the field when they take 4 bytes or fewer, else behind the directory.
  let end = 8 + 2 + 12 * fields.length + 4;
  const places = fields.map(([, type, values], i) => {
    const size = SIZES[type] * values.length;
    if (size <= 4) return 10 + 12 * i + 8;
    const at = end;
    end += size + (size % 2);
    return at;
  });
  for (let strip = 0; strip < strips; strip++) offsets[strip] = end + strip * ROWS_PER_STRIP * rowBytes;

  const file = new Uint8Array(end + data.byteLength);
  const view = new DataView(file.buffer);
  view.setUint16(0, LITTLE_ENDIAN ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, LITTLE_ENDIAN);
  view.setUint32(4, 8, LITTLE_ENDIAN);
  view.setUint16(8, fields.length, LITTLE_ENDIAN);
  fields.forEach(([tag, type, values], i) => {
    const at = 10 + 12 * i;
    const place = places[i]!;
    view.setUint16(at, tag, LITTLE_ENDIAN);
    view.setUint16(at + 2, TYPE_NUMBERS[type], LITTLE_ENDIAN);
    view.setUint32(at + 4, values.length, LITTLE_ENDIAN);
    if (place !== at + 8) view.setUint32(at + 8, place, LITTLE_ENDIAN);
    for (let v = 0; v < values.length; v++) {
      if (type === "SHORT") view.setUint16(place + 2 * v, values[v]!, LITTLE_ENDIAN);
      else if (type === "LONG") view.setUint32(place + 4 * v, values[v]!, LITTLE_ENDIAN);
      else view.setUint8(place + v, values[v]!);
    }
  });
  file.set(bytesOf(data), end);
  return file;
}

/**
 * A 1×1 black picture with a profile.
 *
 * sharp attaches a profile only by converting pixels to it. But libvips merges the metadata of an operation's
 * inputs, pads the smaller one with zeros, and `x | 0 = x`: so `raw.boolean(iccCarrier(icc), "or")` puts the
 * profile on raw pixels and changes none of them, whatever format is then written.
 */
export function iccCarrier(icc: Uint8Array): Uint8Array {
  return uncompressedTiff(picture(1, 1, 1, new Uint8Array(1)), icc);
}
