import type { InferenceSession, Tensor, TensorConstructor } from "onnxruntime-common";
import { toOnnx } from "../graph/to-onnx.js";
import { encodeModel } from "../onnx/index.js";
import { createBuilder } from "../ops/index.js";
import type { DType } from "../util/dtype.js";
import { internalError } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import {
  isOnDevice,
  type Device,
  type DeviceSession,
  type DeviceTensor,
  type DeviceValues,
} from "./device.js";
import { creationError, runError } from "./ort-errors.js";
import { fromOrt, toOrt } from "./ort-tensors.js";
import type { ProviderName } from "./session.js";

/** What an adapter gives to its device. */
export interface OrtDeviceParts {
  readonly provider: ProviderName;
  readonly tensor: TensorConstructor;
  /** Where outputs that stay are put: `cpu` for the CPU provider. */
  readonly location: "gpu-buffer" | "cpu";
  create(
    model: Uint8Array,
    options: Pick<InferenceSession.SessionOptions, "preferredOutputLocation">,
  ): Promise<InferenceSession>;
}

const WHERE = "training step";

/** A device over ONNX Runtime's JavaScript API. */
export class OrtDevice implements Device {
  readonly provider: ProviderName;
  readonly #parts: OrtDeviceParts;
  /** Sessions that copy, by direction, element type and rank. */
  readonly #copies = new Map<string, Promise<DeviceSession>>();

  constructor(parts: OrtDeviceParts) {
    this.provider = parts.provider;
    this.#parts = parts;
  }

  async open(model: Uint8Array, stay: readonly string[]): Promise<DeviceSession> {
    const { location, tensor } = this.#parts;
    const preferredOutputLocation = Object.fromEntries(stay.map((name) => [name, location]));
    try {
      // An empty record would be taken as a wish too, and with a wish every output must be fetched at every run.
      const ort = await this.#parts.create(model, stay.length === 0 ? {} : { preferredOutputLocation });
      return new OrtDeviceSession(ort, tensor, new Set(stay));
    } catch (error) {
      throw creationError(error, WHERE);
    }
  }

  async upload(data: TensorData): Promise<DeviceTensor> {
    const { y } = await (await this.#copier("up", data)).run({ x: data });
    if (y !== undefined && isOnDevice(y)) return y;
    throw internalError(WHERE, "a tensor on the device", "one on the host");
  }

  /** By a session that copies: in onnxruntime-node 1.30, reading a tensor on the GPU ends the process. */
  async read(tensor: DeviceTensor): Promise<TensorData> {
    const { y } = await (await this.#copier("down", tensor)).run({ x: tensor });
    if (y !== undefined && !isOnDevice(y)) return y;
    throw internalError(WHERE, "a tensor on the host", "one on the device");
  }

  async dispose(): Promise<void> {
    const sessions = await Promise.all(this.#copies.values());
    await Promise.all(sessions.map((session) => session.dispose()));
  }

  #copier(
    direction: "up" | "down",
    { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] },
  ): Promise<DeviceSession> {
    const key = `${direction} ${dtype} ${shape.length}`;
    let session = this.#copies.get(key);
    if (session === undefined) {
      const b = createBuilder();
      const x = b.input(
        "x",
        dtype,
        shape.map((_, axis) => `d${axis}`),
      );
      const model = encodeModel(toOnnx(b.build([b.named(x, "y")])));
      session = this.open(model, direction === "up" ? ["y"] : []);
      this.#copies.set(key, session);
    }
    return session;
  }
}

class OrtDeviceSession implements DeviceSession {
  readonly #ort: InferenceSession;
  readonly #tensor: TensorConstructor;
  readonly #stay: ReadonlySet<string>;

  constructor(ort: InferenceSession, tensor: TensorConstructor, stay: ReadonlySet<string>) {
    this.#ort = ort;
    this.#tensor = tensor;
    this.#stay = stay;
  }

  async run(feeds: DeviceValues): Promise<DeviceValues> {
    const own = Object.entries(feeds).map(([name, value]) => [
      name,
      value instanceof OrtDeviceTensor
        ? value.tensor
        : toOrt(this.#tensor, { [name]: value as TensorData })[name]!,
    ]);
    try {
      const results = await this.#ort.run(Object.fromEntries(own) as Record<string, Tensor>);
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [
          name,
          this.#stay.has(name) ? new OrtDeviceTensor(tensor) : fromOrt(tensor),
        ]),
      );
    } catch (error) {
      throw runError(error, WHERE);
    }
  }

  dispose(): Promise<void> {
    return this.#ort.release();
  }
}

class OrtDeviceTensor implements DeviceTensor {
  readonly tensor: Tensor;
  readonly dtype: DType;
  readonly shape: readonly number[];
  #isFree = false;

  constructor(tensor: Tensor) {
    this.tensor = tensor;
    this.dtype = tensor.type;
    this.shape = [...tensor.dims];
  }

  dispose(): void {
    if (!this.#isFree) this.tensor.dispose();
    this.#isFree = true;
  }
}
