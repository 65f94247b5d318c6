import { toGreyChannels, toRgbChannels } from "./blend.js";
import type { Picture, Samples } from "./picture.js";
import { fromRaw, toRaw, vipsSpace } from "./raw.js";
import { resizePicture } from "./resize.js";

/** Above this, a picture is blurred small and scaled back: no detail is left that the small one could miss. */
const DIRECT_SIGMA_PX = 2;

/**
 * Gaussian blur. Its time does not grow with the radius: beyond a sigma of 4 the picture is scaled down first,
 * to a sigma of 2 or more, and back up with a cubic.
 * @param sigmaPx standard deviation, 0.3 to 1000 pixels; less gives the picture itself
 */
export async function blurPicture<S extends Samples>(
  source: Picture<S>,
  sigmaPx: number,
): Promise<Picture<S>> {
  if (sigmaPx < 0.3) return source;
  if (source.channels === 2) return toGreyChannels(await blurPicture(toRgbChannels(source), sigmaPx));
  const { widthPx, heightPx } = source;
  const factor = Math.max(1, Math.floor(sigmaPx / DIRECT_SIGMA_PX));
  const scaled = (size: number) => Math.max(1, Math.round(size / factor));
  const small = await resizePicture(source, {
    widthPx: scaled(widthPx),
    heightPx: scaled(heightPx),
    kernel: "linear",
  });
  const blurred = await toRaw<S>(
    (await fromRaw(small)).blur({ sigma: sigmaPx / factor, minAmplitude: 0.01 }),
    vipsSpace(source),
  );
  return resizePicture(blurred, { widthPx, heightPx, kernel: "cubic" });
}
