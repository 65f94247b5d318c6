import { MattelierError } from "../util/index.js";

/** Not a picture, or a broken one. */
export function invalidImage(
  where: string,
  facts: { expected: string; got: string; fix?: string; cause?: unknown },
): MattelierError {
  return new MattelierError({ code: "invalid-image", where, ...facts });
}

/** A picture whose bytes break off or contradict each other. */
export function damaged(format: string, where: string, error: unknown): MattelierError {
  const reason = reasonOf(error);
  return invalidImage(where, {
    expected: "a whole picture",
    got: `${format} data that is damaged or cut short${reason === "" ? "" : ` (${reason})`}`,
    fix: "get the file again",
    cause: error,
  });
}

/** What libvips says, without its repetitions and its own name for our input. */
function reasonOf(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error)
    .replace(/^Input (buffer|file) (has corrupt header|contains unsupported image format):?/, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "Unknown error" && !line.startsWith("source: bad seek"));
  const text = [...new Set(lines)].join("; ");
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}

/** 12000000 as "12.0 megapixels". */
export function megapixels(count: number): string {
  return count < 100_000 ? `${count} pixels` : `${(count / 1e6).toFixed(1)} megapixels`;
}
