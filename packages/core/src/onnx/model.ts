import { MattelierError } from "../util/errors.js";
import type { ByteSource } from "./byte-source.js";
import { decodeMessage } from "./decode.js";
import { encodeChunks, encodeMessage, type EncodeOptions } from "./encode.js";
import { ONNX_MESSAGES, type ModelProto, type OnnxMessage, type OnnxMessageName } from "./schema.js";
import { describeContents } from "./signatures.js";
import type { Chunk } from "./writer.js";

/**
 * Decode an .onnx file's bytes. Initialisers' `rawData` are views of `bytes`, not copies. Weights in files beside
 * the model stay where they are ({@link resolveExternalData}, or `readModelFile` of `onnx/file`).
 *
 * @param what the input as a person would name it, for errors
 * @throws MattelierError `invalid-model` naming the byte where decoding failed, and what the file is if we know it
 */
export function decodeModel(bytes: Uint8Array, what = "ONNX model"): ModelProto {
  return decodeModelFrom(bytes, what, bytes.subarray(0, 64));
}

/** As {@link decodeModel}, from anything that can be read in pieces; `head` is the input's first bytes. */
export function decodeModelFrom(input: Uint8Array | ByteSource, what: string, head: Uint8Array): ModelProto {
  const known = describeContents(head);
  if (known !== undefined)
    throw new MattelierError({
      code: "invalid-model",
      where: `${what}, byte 0`,
      expected: "an ONNX model",
      got: known.got,
      ...(known.fix === undefined ? {} : { fix: known.fix }),
    });
  const model = decodeMessage(ONNX_MESSAGES.ModelProto, input, what) as ModelProto;
  if (Object.keys(model).every((field) => field === "unknownFields"))
    throw new MattelierError({
      code: "invalid-model",
      where: `${what}, byte 0`,
      expected: "an ONNX model",
      got: head.length === 0 ? "no bytes" : "a protobuf message without any of a model's fields",
    });
  return model;
}

/**
 * Encode a model, canonically: fields in the order of their numbers.
 * @throws MattelierError `too-large` beyond 2 GB, protobuf's limit
 */
export function encodeModel(model: ModelProto, what = "ONNX model"): Uint8Array {
  return encodeMessage(ONNX_MESSAGES.ModelProto, model, { what });
}

/** As {@link encodeModel}, in pieces: long initialisers are not copied. */
export function encodeModelChunks(model: ModelProto, options: EncodeOptions = {}): Chunk[] {
  return encodeChunks(ONNX_MESSAGES.ModelProto, model, options);
}

/** Decode any message of the schema: the .pb files of test data are TensorProtos. */
export function decodeOnnx<M extends OnnxMessageName>(name: M, bytes: Uint8Array): OnnxMessage<M> {
  return decodeMessage(ONNX_MESSAGES[name], bytes, name) as OnnxMessage<M>;
}

/** Encode any message of the schema. */
export function encodeOnnx<M extends OnnxMessageName>(name: M, message: OnnxMessage<M>): Uint8Array {
  return encodeMessage(ONNX_MESSAGES[name], message);
}
