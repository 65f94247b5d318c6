import type { TensorData } from "../util/tensor-data.js";

/** A network's weights by their PyTorch path (`stage1.rebnconvin.conv_s1.weight`), in file order. */
export type StateDict = ReadonlyMap<string, TensorData>;
