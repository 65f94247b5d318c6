import type { Augmentation } from "./augmentation.js";
import { centreCrop, randomCrop, randomResizedCrop, resize } from "./crops.js";
import { elastic } from "./elastic.js";
import { flip } from "./flip.js";
import { gamma } from "./gamma.js";
import { jpegArtefacts } from "./jpeg-artefacts.js";
import { copyPaste, cutMix } from "./mix.js";
import { gaussianNoise, randomErasing } from "./noise.js";
import { perspective } from "./perspective.js";
import { rotate } from "./rotate.js";
import { scale } from "./scale.js";
import { blur, sharpness } from "./sharpness.js";
import { brightness, contrast, hue, saturation } from "./tone.js";

/** Every augmentation, for configurations, help, and the contract that tests walk. */
export const augmentations: readonly Augmentation<unknown>[] = [
  randomResizedCrop,
  randomCrop,
  centreCrop,
  resize,
  flip,
  rotate,
  scale,
  perspective,
  elastic,
  brightness,
  contrast,
  saturation,
  hue,
  gamma,
  gaussianNoise,
  blur,
  jpegArtefacts,
  sharpness,
  randomErasing,
  cutMix,
  copyPaste,
];
