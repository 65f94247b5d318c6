import { MattelierError, messageOf, type ErrorCode } from "../util/errors.js";

/** The code of a failed system call, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * A failed file operation as an error of ours; what is one already stays as it is.
 * @param facts.expected of a file that is read, when more is to be said than that it should be readable
 */
export function fileError(
  error: unknown,
  {
    where,
    doing,
    expected = "a file that can be read",
  }: { where: string; doing: "reading" | "writing"; expected?: string },
): MattelierError {
  if (error instanceof MattelierError) return error;
  const errno = errnoOf(error);
  const got = (errno !== undefined && EXPLAINED[errno]) || messageOf(error);
  if (doing === "writing")
    return new MattelierError({
      code: "unwritable",
      where,
      expected: "a place that can be written to",
      got,
      fix: "choose another place, or free space and mend the permissions there",
      cause: error,
    });
  const code: ErrorCode = errno === "ENOENT" || errno === "ENOTDIR" ? "not-found" : "unreadable";
  return new MattelierError({ code, where, expected, got, cause: error });
}

const EXPLAINED: Readonly<Record<string, string>> = {
  ENOENT: "nothing there",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "a read-only file system",
  ENOSPC: "no space left on the disk",
  EDQUOT: "no space left in the disk quota",
  EISDIR: "a folder",
  EEXIST: "a file where a folder should be",
  ENOTDIR: "a file where a folder should be",
};
