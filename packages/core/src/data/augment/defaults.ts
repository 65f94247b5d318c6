import type { AugmentationEntry } from "./pipeline.js";

/**
 * What training does to pictures where nothing else is asked for. It does well for photos of people and things: crops,
 * mirror images, and light that varies.
 */
export const defaultAugmentations = (sizePx: number): AugmentationEntry[] => [
  { "random-resized-crop": { size: sizePx, area: [0.4, 1] } },
  { flip: {}, probability: 0.5 },
  { brightness: { factor: [0.75, 1.3] }, probability: 0.8 },
  { contrast: { factor: [0.8, 1.25] }, probability: 0.8 },
  { saturation: { factor: [0.7, 1.3] }, probability: 0.8 },
];
