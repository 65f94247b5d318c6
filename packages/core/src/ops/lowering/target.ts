/** What the provider that will run the graph can do beyond standard ONNX. */
export interface Target {
  /** `com.microsoft.FusedMatMul`: products with transposed operands, without moving them (the CPU provider). */
  readonly fusedMatMul: boolean;
  /** Channels in a block of `com.microsoft.nchwc` operators, where they work (x64 CPU); else undefined. */
  readonly block: 8 | 16 | undefined;
}

/** Standard operators only: every provider. */
export const PORTABLE: Target = { fusedMatMul: false, block: undefined };

/** ONNX Runtime's CPU provider, without its internal operators. */
export const CPU: Target = { fusedMatMul: true, block: undefined };
