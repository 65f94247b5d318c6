/** What this project needs to know of an ICC profile (ICC.1:2022, sections 7.2, 9.2.41, 10.15). */
export interface IccHeader {
  /** The space of the device values: "RGB", "GRAY", "CMYK", "Lab" ... */
  readonly space: string;
  /** The profile's own description. */
  readonly name: string;
}

/** Reads a profile's header and description; undefined when the bytes are no ICC profile. */
export function readIccHeader(icc: Uint8Array): IccHeader | undefined {
  if (icc.length < 132 || ascii(icc, 36, 4) !== "acsp") return undefined;
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  const space = ascii(icc, 16, 4).trim();
  const tags = Math.min(view.getUint32(128), Math.floor((icc.length - 132) / 12));
  for (let i = 0; i < tags; i++) {
    const at = 132 + 12 * i;
    if (ascii(icc, at, 4) !== "desc") continue;
    const name = description(icc, view, view.getUint32(at + 4));
    if (name !== undefined && name !== "") return { space, name };
  }
  return { space, name: `unnamed ${space} profile` };
}

/** The text of a `desc` tag: ASCII in version 2, UTF-16 in version 4, whose first language is taken. */
function description(icc: Uint8Array, view: DataView, at: number): string | undefined {
  if (at + 28 > icc.length) return undefined;
  switch (ascii(icc, at, 4)) {
    case "desc":
      return ascii(icc, at + 12, view.getUint32(at + 8));
    case "mluc": {
      if (view.getUint32(at + 8) === 0) return undefined;
      const length = view.getUint32(at + 20);
      const start = at + view.getUint32(at + 24);
      let text = "";
      for (let i = start; i + 1 < Math.min(start + length, icc.length); i += 2)
        text += String.fromCharCode(view.getUint16(i));
      return clean(text);
    }
    default:
      return undefined;
  }
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return clean(String.fromCharCode(...bytes.subarray(at, at + Math.min(length, 256))));
}

/** Printable text up to the first NUL: a profile is a stranger's data, and its name reaches terminals. */
function clean(text: string): string {
  return text.replace(/\0.*$/s, "").replace(/[\x00-\x1f\x7f-\x9f]/g, " ");
}
