import type { InferenceSession, TensorConstructor } from "onnxruntime-common";
import type { TensorData } from "../util/tensor-data.js";
import { disposedError } from "./aborted.js";
import { checkFeeds, checkOutputs } from "./check-feeds.js";
import { runError } from "./ort-errors.js";
import { fromOrt, infosOf, toOrt } from "./ort-tensors.js";
import { SerialQueue } from "./serial-queue.js";
import type { ProviderName, RunOptions, Session, TensorInfo } from "./session.js";

/** What an adapter has made. */
export interface OrtParts {
  readonly ort: InferenceSession;
  /** The tensors of the same ONNX Runtime. */
  readonly tensor: TensorConstructor;
  /** Names the model in errors. */
  readonly where: string;
  readonly provider: ProviderName;
  readonly reason: string;
}

/** A session of ONNX Runtime's JavaScript API in the calling thread. */
export class OrtSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly provider: ProviderName;
  readonly reason: string;
  readonly #ort: InferenceSession;
  readonly #tensor: TensorConstructor;
  readonly #where: string;
  readonly #queue: SerialQueue;
  #disposal: Promise<void> | undefined;

  constructor({ ort, tensor, where, provider, reason }: OrtParts) {
    this.inputs = infosOf(ort.inputMetadata, where);
    this.outputs = infosOf(ort.outputMetadata, where);
    this.provider = provider;
    this.reason = reason;
    this.#ort = ort;
    this.#tensor = tensor;
    this.#where = where;
    this.#queue = new SerialQueue(where);
  }

  async run(
    feeds: Readonly<Record<string, TensorData>>,
    { outputs, signal }: RunOptions = {},
  ): Promise<Record<string, TensorData>> {
    checkFeeds(this.inputs, feeds, this.#where);
    const wanted = checkOutputs(this.outputs, outputs, this.#where);
    return this.#queue.add(() => this.#compute(feeds, wanted), signal);
  }

  dispose(): Promise<void> {
    return (this.#disposal ??= this.#queue.close(disposedError(this.#where)).then(() => this.#ort.release()));
  }

  async #compute(
    feeds: Readonly<Record<string, TensorData>>,
    outputs: readonly string[],
  ): Promise<Record<string, TensorData>> {
    try {
      const results = await this.#ort.run(toOrt(this.#tensor, feeds), outputs);
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[name]!)]));
    } catch (error) {
      throw runError(error, this.#where);
    }
  }
}
