import { encodeImage, picture, SRGB, type Picture } from "../../../image/index.js";
import type { Normalisation } from "../../../data/index.js";
import type { Example } from "../validation.js";

/** Side of a checkerboard's square, and the space between pictures. */
const CHECK_PX = 8;
const GAP_PX = 4;

/**
 * What the network makes of validation pictures, a row each: photo, its mask, the predicted matte, the cut-out on a
 * checkerboard.
 *
 * @param sizePx side of the square examples
 * @returns a PNG and its size
 */
export async function sampleSheet(
  examples: readonly Example[],
  { sizePx, normalise }: { readonly sizePx: number; readonly normalise: Normalisation },
): Promise<{ readonly widthPx: number; readonly heightPx: number; readonly png: Uint8Array }> {
  const columns = 4;
  const widthPx = columns * sizePx + (columns - 1) * GAP_PX;
  const heightPx = examples.length * (sizePx + GAP_PX) - GAP_PX;
  const sheet = new Uint8Array(widthPx * heightPx * 3).fill(255);
  for (const [row, { image, target, matte }] of examples.entries()) {
    const photo = bytesOf(image, normalise);
    const cells = [photo, greyOf(target), greyOf(matte), onChecks(photo, matte, sizePx)];
    for (const [column, cell] of cells.entries()) {
      for (let y = 0; y < sizePx; y++) {
        const to = ((row * (sizePx + GAP_PX) + y) * widthPx + column * (sizePx + GAP_PX)) * 3;
        sheet.set(cell.subarray(y * sizePx * 3, (y + 1) * sizePx * 3), to);
      }
    }
  }
  const sheetPicture: Picture = picture(widthPx, heightPx, 3, sheet);
  const frames = [{ picture: sheetPicture, delayMs: 0 }];
  return { widthPx, heightPx, png: await encodeImage({ frames, loop: 0, colour: SRGB }, { format: "png" }) };
}

/** Undo the normalisation: [3,H,W] numbers to [H,W,3] bytes. */
function bytesOf(image: Float32Array, { scale, mean, std }: Normalisation): Uint8Array {
  const pixels = image.length / 3;
  const bytes = new Uint8Array(image.length);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < pixels; i++) {
      const value = Math.round((image[c * pixels + i]! * std[c]! + mean[c]!) * scale);
      bytes[3 * i + c] = Math.min(255, Math.max(0, value));
    }
  return bytes;
}

function greyOf(plane: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(3 * plane.length);
  for (const [i, value] of plane.entries()) bytes.fill(value, 3 * i, 3 * i + 3);
  return bytes;
}

function onChecks(photo: Uint8Array, matte: Uint8Array, sizePx: number): Uint8Array {
  const bytes = new Uint8Array(photo.length);
  for (const [i, value] of matte.entries()) {
    const [x, y] = [i % sizePx, Math.floor(i / sizePx)];
    const check = (Math.floor(x / CHECK_PX) + Math.floor(y / CHECK_PX)) % 2 === 0 ? 255 : 204;
    const alpha = value / 255;
    for (let c = 0; c < 3; c++)
      bytes[3 * i + c] = Math.round(alpha * photo[3 * i + c]! + (1 - alpha) * check);
  }
  return bytes;
}
