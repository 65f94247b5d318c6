import { openModel, type HubOptions, type ReadyModel, type VerifyOptions } from "../hub/index.js";
import {
  decodeImage,
  type DecodedImage,
  type DecodeOptions,
  type Image,
  type Picture,
} from "../image/index.js";
import { createNodeSession, firstProvider, type NodeSessionOptions } from "../runtime/node.js";
import type { Session } from "../runtime/session.js";
import { throwIfAborted } from "../util/index.js";
import { compose } from "./compose.js";
import { matteFromOutput } from "./matte-from-output.js";
import type { ComposeOptions } from "./options.js";
import { leanModel } from "./lean-model.js";
import type { Rectangle } from "./plane.js";
import { matteGrid, placeIn, toInputTensor } from "./preprocess.js";

export interface RemoverOptions
  extends HubOptions, VerifyOptions, Pick<NodeSessionOptions, "provider" | "threads"> {
  /** Name of a model at hand, or path of an .onnx; the default model when left out. */
  readonly model?: string | undefined;
  /** Run the network once on nothing, so that the first picture is as fast as the others. */
  readonly warmUp?: boolean;
  /**
   * Keep the memory of one inference for the next. Default true; false is slower, and lets a process that waits for
   * its next picture hold less (docs/decisions/0008).
   */
  readonly arena?: boolean;
  /** Aborts the loading. */
  readonly signal?: AbortSignal;
}

export interface RemoveOptions
  extends ComposeOptions, Pick<DecodeOptions, "maxPixels" | "where" | "signal"> {}

/** Milliseconds by stage. Inference counts from when the network is free for this picture. */
export interface StageTimes {
  readonly decode: number;
  readonly preprocess: number;
  /** Waiting for the network, busy with other pictures. */
  readonly wait: number;
  readonly inference: number;
  readonly refine: number;
}

export interface RemovalResult {
  /** The cut-out, or what the options asked for; an animation keeps its frames. Write it with `encodeImage`. */
  readonly image: Image;
  /** The picture as it was read. */
  readonly source: Pick<DecodedImage, "format" | "warnings"> & {
    readonly widthPx: number;
    readonly heightPx: number;
  };
  /** Which part of the source the result shows. */
  readonly box: Rectangle;
  readonly ms: StageTimes;
}

/** A model that is ready to take backgrounds out. */
export interface Remover {
  readonly model: ReadyModel;
  readonly session: Pick<Session, "provider" | "reason">;
  /**
   * Take the background out of one picture. Calls may overlap: they share the network, and the decoding of one
   * runs while another is inferred.
   *
   * @param input a path, a file's bytes, or a decoded picture
   * @throws MattelierError as `decodeImage`; `aborted`; `invalid-model`, `not-finite`, `runtime-failed`
   */
  remove(input: string | Uint8Array | DecodedImage, options?: RemoveOptions): Promise<RemovalResult>;
  dispose(): Promise<void>;
}

/**
 * Load a model.
 * @throws MattelierError `unknown-name`, `not-found`, `invalid-model`, `checksum-mismatch`, `provider-missing`
 */
export async function createRemover(options: RemoverOptions): Promise<Remover> {
  const { provider = "auto", threads, warmUp = false, arena = true, signal } = options;
  const model = await openModel(options.model, options);
  const float32 = (await firstProvider(provider)) === "cpu";
  const { head } = model.preprocessing.output;
  const session = await createNodeSession(await leanModel({ path: model.path, head }, { float32 }), {
    transferModel: true,
    provider,
    warmUp,
    arena,
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  const network = new Network(model, session);
  return {
    model,
    session,
    remove: (input, removeOptions = {}) => remove(network, input, removeOptions),
    dispose: () => session.dispose(),
  };
}

/** The session with what its model's card says of input and output; one run at a time, so that waiting can be told from work. */
class Network {
  readonly #model: ReadyModel;
  readonly #session: Session;
  readonly #input: { readonly name: string; readonly dtype: "float32" | "float16" };
  readonly #output: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(model: ReadyModel, session: Session) {
    this.#model = model;
    this.#session = session;
    // openModel has checked that the ports fit.
    const { name, dtype } = session.inputs[0]!;
    this.#input = { name, dtype: dtype === "float16" ? "float16" : "float32" };
    this.#output = session.outputs[0]!.name;
  }

  /** The matte of a picture, and where the picture lies on it. */
  async matteOf(source: Picture, colour: Image["colour"], signal: AbortSignal | undefined) {
    const { preprocessing, name } = this.#model;
    const start = performance.now();
    const placement = placeIn(preprocessing, source);
    const tensor = await toInputTensor(source, colour, preprocessing, placement, this.#input.dtype);
    const queued = performance.now();
    const before = this.#last;
    const run = (async () => {
      await before.catch(() => undefined);
      const began = performance.now();
      const outputs = await this.#session.run(
        { [this.#input.name]: tensor },
        { outputs: [this.#output], transfer: true, ...(signal === undefined ? {} : { signal }) },
      );
      return { began, ended: performance.now(), output: outputs[this.#output]! };
    })();
    this.#last = run;
    const { began, ended, output } = await run;
    const matte = matteFromOutput(output, preprocessing.output, name);
    const grid = matteGrid(source, placement, matte, preprocessing.resize.coordinates);
    return {
      matte,
      grid,
      ms: { preprocess: queued - start, wait: began - queued, inference: ended - began },
    };
  }
}

async function remove(
  network: Network,
  input: string | Uint8Array | DecodedImage,
  options: RemoveOptions,
): Promise<RemovalResult> {
  const { signal } = options;
  const where = options.where ?? (typeof input === "string" ? input : "the picture");
  const ms = { decode: 0, preprocess: 0, wait: 0, inference: 0, refine: 0 };
  const start = performance.now();
  const decoded = await pictureFrom(input, options, where);
  ms.decode = performance.now() - start;

  const frames: Image["frames"][number][] = [];
  let colour = decoded.colour;
  let box: Rectangle | undefined;
  for (const { picture, delayMs } of decoded.frames) {
    throwIfAborted(signal, where);
    const { matte, grid, ms: spent } = await network.matteOf(picture, decoded.colour, signal);
    ms.preprocess += spent.preprocess;
    ms.wait += spent.wait;
    ms.inference += spent.inference;
    const began = performance.now();
    const composed = await compose(
      { picture, colour: decoded.colour, matte, grid, where, signal },
      // Frames of an animation keep one size: a crop cannot follow the subject.
      decoded.frames.length > 1 ? { ...options, crop: undefined } : options,
    );
    ms.refine += performance.now() - began;
    colour = composed.colour;
    box = composed.box;
    frames.push({ picture: composed.picture, delayMs });
  }
  const { widthPx, heightPx } = decoded.frames[0]!.picture;
  const { loop, densityPpi, format, warnings } = decoded;
  return {
    image: { frames, loop, colour, ...(densityPpi === undefined ? {} : { densityPpi }) },
    source: { format, warnings, widthPx, heightPx },
    box: box!,
    ms,
  };
}

async function pictureFrom(
  input: string | Uint8Array | DecodedImage,
  { maxPixels, signal }: RemoveOptions,
  where: string,
): Promise<DecodedImage> {
  if (typeof input === "object" && "frames" in input) return input;
  return decodeImage(input, {
    where,
    ...(maxPixels === undefined ? {} : { maxPixels }),
    ...(signal === undefined ? {} : { signal }),
  });
}
