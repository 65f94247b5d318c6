/** What the provider that will run the graph can do beyond standard ONNX. */
export interface Target {
  /** `com.microsoft.FusedMatMul`: products with transposed operands, without moving them (the CPU provider). */
  readonly fusedMatMul: boolean;
  /** `BatchNormalization` in training mode (the CPU provider); others have it for inference only. */
  readonly trainingBatchNorm: boolean;
  /** `MaxPool` that tells the places of its maxima (the CPU provider, not WebGPU). */
  readonly maxPlaces: boolean;
  /** Channels in a block of `com.microsoft.nchwc` operators, where they work (x64 CPU); else undefined. */
  readonly block: 8 | 16 | undefined;
}

/** Standard operators only: every provider. */
export const PORTABLE: Target = {
  fusedMatMul: false,
  trainingBatchNorm: false,
  maxPlaces: false,
  block: undefined,
};

/** ONNX Runtime's CPU provider, without its internal operators. */
export const CPU: Target = { fusedMatMul: true, trainingBatchNorm: true, maxPlaces: true, block: undefined };
