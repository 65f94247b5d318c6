/**
 * How a GIF's bytes end, by walking its blocks (GIF89a, sections 15 to 27): decoders show what there is of one that
 * is cut short, and say nothing.
 * @returns "whole" at the trailer, "open" at the end of a block without one, "cut" inside a block
 */
export function gifEnd(bytes: Uint8Array): "whole" | "open" | "cut" {
  const colourTable = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const skipSubBlocks = (from: number) => {
    let at = from;
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1;
    return at + 1;
  };
  let at = 13 + colourTable(bytes[10] ?? 0);
  while (at < bytes.length) {
    switch (bytes[at]) {
      case 0x3b: // trailer
        return "whole";
      case 0x21: // extension
        at = skipSubBlocks(at + 2);
        break;
      case 0x2c: // image: descriptor, colour table, code size, data
        at = skipSubBlocks(at + 11 + colourTable(bytes[at + 9] ?? 0));
        break;
      default: // padding after a block; decoders skip it too
        at++;
    }
  }
  return at === bytes.length ? "open" : "cut";
}
