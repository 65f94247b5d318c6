import { compileSchema } from "../../onnx/messages.js";

/**
 * The part of TensorFlow's event messages that TensorBoard needs for curves and pictures.
 * Source: tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
 */
export const EVENT_SCHEMA = {
  Event: {
    wallTime: [1, "double"],
    step: [2, "int64"],
    fileVersion: [3, "string"],
    summary: [5, "Summary"],
    sessionLog: [7, "SessionLog"],
  },
  SessionLog: { status: [1, "int32"] },
  Summary: { value: [1, "Value[]"] },
  Value: { tag: [1, "string"], simpleValue: [2, "float"], image: [4, "Image"] },
  Image: {
    height: [1, "int32"],
    width: [2, "int32"],
    colorspace: [3, "int32"],
    encodedImageString: [4, "bytes"],
  },
} as const;

/** `SessionStatus.START`. */
export const SESSION_START = 1;

export const eventMessages = compileSchema(EVENT_SCHEMA);
