import { MattelierError } from "../util/errors.js";

/** Lower case, digits, dot, underscore, hyphen; starts with a letter or digit: safe as a folder's name anywhere. */
const MODEL_NAME = /^[a-z0-9][a-z0-9._-]*$/;
const MAX_LENGTH = 64;
/** What ends in .onnx is a path wherever a model is asked for. */
const UNFIT_END = /(\.|\.onnx)$/;
/** Names that Windows keeps for devices, with or without an ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/;

export function isModelName(name: string): boolean {
  return MODEL_NAME.test(name) && name.length <= MAX_LENGTH && !UNFIT_END.test(name) && !RESERVED.test(name);
}

/** @throws MattelierError `invalid-argument` for a name that could leave the cache folder or not be a folder's name */
export function checkModelName(name: string): void {
  if (isModelName(name)) return;
  throw new MattelierError({
    code: "invalid-argument",
    where: "model name",
    expected: `a letter or digit, then letters (a-z), digits, ".", "_" or "-", at most ${MAX_LENGTH} in all, not ending in .onnx`,
    got: JSON.stringify(name),
    fix: "give one with --name",
  });
}

/** The name that a file or URL suggests: `https://host/U2-Net P.onnx?x=1` → `u2-net-p`. Undefined when it suggests none. */
export function suggestedName(pathOrUrlPath: string): string | undefined {
  const file = pathOrUrlPath.split(/[\\/]/).pop() ?? "";
  const name = file
    .replace(/\.onnx$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return isModelName(name) ? name : undefined;
}
