import type { DType } from "../util/dtype.js";
import type { TensorData } from "../util/tensor-data.js";
import type { ProviderName } from "./session.js";

/** A tensor that lies on a device. */
export interface DeviceTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Free its memory. May be called again. */
  dispose(): void;
}

/** What a session on a device takes and gives. */
export type DeviceValues = Readonly<Record<string, TensorData | DeviceTensor>>;

/** A model ready to run, some of whose outputs stay on the device. */
export interface DeviceSession {
  /** Computes all outputs. The caller owns the tensors that stay on the device. */
  run(feeds: DeviceValues): Promise<DeviceValues>;
  dispose(): Promise<void>;
}

/**
 * Sessions that share a device: what one of them leaves there, another can take, and nothing passes through the
 * host. For state that goes round: weights, and what an optimiser remembers of them.
 */
export interface Device {
  readonly provider: ProviderName;
  /** @param stay outputs that stay on the device; the others come to the host */
  open(model: Uint8Array, stay: readonly string[]): Promise<DeviceSession>;
  upload(data: TensorData): Promise<DeviceTensor>;
  read(tensor: DeviceTensor): Promise<TensorData>;
  /** Free the device's own sessions; those that `open` gave are their owner's. */
  dispose(): Promise<void>;
}

export const isOnDevice = (value: TensorData | DeviceTensor): value is DeviceTensor => !("data" in value);
