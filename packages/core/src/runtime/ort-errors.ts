import { MattelierError, messageOf, type ErrorCode } from "../util/errors.js";

// ONNX Runtime's messages carry its own source locations, the pages of its macros, and what its binding called.
const NOISE =
  /\/(?:\S*\/)?onnxruntime(?:_src)?\/\S+\s+|\[ONNXRuntimeError\] : \d+ : \w+ : |(Can't create a session|failed to call OrtRun\(\))\. ERROR_CODE: \d+, ERROR_MESSAGE: /g;

/** What ONNX Runtime says of a failure, without its source locations. */
export const ortMessage = (error: unknown): string => messageOf(error).replace(NOISE, "").replace(/\.$/, "");

const NOT_A_MODEL =
  /protobuf parsing failed|no graph was found|invalid model|data pointer is null|unsupported model IR|ModelProto|model_path must not be empty/i;
const NOT_IMPLEMENTED =
  /NOT_IMPLEMENTED|could not find an implementation|no op registered|is under development/i;

/** Is the model at fault, rather than a provider or the machine? */
export function isModelsFault(error: unknown): boolean {
  const text = messageOf(error);
  return NOT_A_MODEL.test(text) || NOT_IMPLEMENTED.test(text);
}

/** The error of a session that could not be created. */
export function creationError(error: unknown, where: string): MattelierError {
  if (error instanceof MattelierError) return error;
  const text = messageOf(error);
  const [code, expected]: [ErrorCode, string] = NOT_IMPLEMENTED.test(text)
    ? ["unsupported", "operators that this ONNX Runtime has"]
    : NOT_A_MODEL.test(text)
      ? ["invalid-model", "an ONNX model"]
      : ["runtime-failed", "a session"];
  return new MattelierError({ code, where, expected, got: ortMessage(error), cause: error });
}

/** The error of a run that failed within ONNX Runtime. */
export function runError(error: unknown, where: string): MattelierError {
  if (error instanceof MattelierError) return error;
  return new MattelierError({
    code: "runtime-failed",
    where,
    expected: "outputs",
    got: ortMessage(error),
    cause: error,
  });
}
