export * from "./find-state-dict.js";
export * from "./match-keys.js";
export * from "./safetensors.js";
export * from "./state-dict.js";
export { decodeTensorPack } from "./tensor-pack.js";
export { decodeTorchFile, type TensorLeaf, type TorchValue } from "./torch-file.js";
