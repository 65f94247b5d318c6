import { MattelierError } from "../../util/errors.js";
import type { PartialState } from "./partial.js";

/** What a server's reply means for a download that has `offset` bytes already. */
export type Reply =
  /** The bytes from `from` on follow (0: the server sends the whole, as the file changed or it knows no ranges). */
  | { readonly kind: "body"; readonly from: number; readonly state: PartialState }
  /** There is nothing after `offset`: it is all here. */
  | { readonly kind: "complete" }
  /** What is here does not fit what the server has: start over. */
  | { readonly kind: "stale" }
  /** Worth another try. */
  | { readonly kind: "busy"; readonly reason: string; readonly retryAfterMs: number | undefined };

/**
 * Read status and headers.
 * @throws MattelierError `not-found` or `download-failed` where another try would give the same
 */
export function readReply(response: Response, { offset, where }: { offset: number; where: string }): Reply {
  const { status, headers } = response;
  if (status === 200) return { kind: "body", from: 0, state: stateOf(headers, contentLength(headers)) };
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    if (range === null || Number(range[1]) !== offset) return { kind: "stale" };
    const total = range[2] === "*" ? undefined : Number(range[2]);
    return { kind: "body", from: offset, state: stateOf(headers, total) };
  }
  if (status === 416) {
    const total = /^bytes \*\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
    return Number(total) === offset ? { kind: "complete" } : { kind: "stale" };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: "busy", reason: `status ${status}`, retryAfterMs: retryAfter(headers) };
  throw new MattelierError({
    code: status === 404 || status === 410 ? "not-found" : "download-failed",
    where,
    expected: "a file",
    got: `status ${status}${response.statusText === "" ? "" : ` ${response.statusText}`}`,
  });
}

function stateOf(headers: Headers, totalBytes: number | undefined): PartialState {
  const etag = headers.get("etag");
  // If-Range takes no weak ETag: it promises the same meaning, not the same bytes.
  const strong = etag !== null && !etag.startsWith("W/") ? etag : undefined;
  const validator = encoded(headers) ? undefined : (strong ?? headers.get("last-modified") ?? undefined);
  return {
    ...(validator === undefined ? {} : { validator }),
    ...(totalBytes === undefined ? {} : { totalBytes }),
  };
}

/** Compressed on the way against our wish: its length and ranges count other bytes than ours. */
function encoded(headers: Headers): boolean {
  return !["", "identity"].includes(headers.get("content-encoding") ?? "");
}

function contentLength(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  return text === null || encoded(headers) ? undefined : Number(text);
}

/** Retry-After in seconds or as a date; at most a minute of it is honoured. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 60_000);
}
