export * from "./augmentation.js";
export { defaultAugmentations } from "./defaults.js";
export { createPipeline, type AugmentationEntry, type AugmentationPipeline } from "./pipeline.js";
export { augmentations } from "./registry.js";
export { drawTrimap, trimap } from "./trimap.js";
