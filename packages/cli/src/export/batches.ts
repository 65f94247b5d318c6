import type { SizePx } from "@mattelier/core/hub/cards";
import { decodeImage, supportedInputs, toNetworkRgb } from "@mattelier/core/image";
import { inputTensor, type ModelDefinition } from "@mattelier/core/models";
import { MattelierError, type TensorData } from "@mattelier/core/util";
import { findPictures } from "../files/find-pictures.js";
import { createProgress } from "../progress.js";

/** Pictures that statistics are estimated on: more change them little. */
const MOST = 64;

/** Pictures of a folder as a network's inputs, one a batch, evenly chosen where there are many. */
export async function* pictureBatches(
  folder: string,
  { input }: ModelDefinition,
  { size, quiet }: { readonly size: SizePx; readonly quiet: boolean },
): AsyncGenerator<TensorData> {
  const extensions = new Set((await supportedInputs()).flatMap((format) => format.extensions));
  const { sources, missing } = await findPictures([folder], { extensions });
  if (missing[0] !== undefined) throw missing[0];
  if (sources.length === 0) throw noPictures(folder);
  const step = Math.max(1, sources.length / MOST);
  const count = Math.min(MOST, sources.length);
  const progress = createProgress({ total: count, unit: "pictures", quiet });
  try {
    for (let i = 0; i < count; i++) {
      const { frames, colour } = await decodeImage(sources[Math.floor(i * step)]!.path);
      const rgb = await toNetworkRgb(frames[0]!.picture, colour, size);
      yield inputTensor(input, rgb.data, size);
      progress.step("");
    }
  } finally {
    progress.stop();
  }
}

function noPictures(folder: string): MattelierError {
  return new MattelierError({
    code: "not-found",
    where: "--images",
    expected: `pictures in ${folder}`,
    got: "none",
  });
}
