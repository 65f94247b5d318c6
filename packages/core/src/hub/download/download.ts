import { setTimeout as sleep } from "node:timers/promises";
import { MattelierError } from "../../util/errors.js";
import { throwIfAborted } from "../../util/aborted.js";
import type { FileDigest } from "../file-hash.js";
import { createProgressMeter, type OnProgress } from "../progress.js";
import type { PartialDownload } from "./partial.js";
import { Transfer } from "./transfer.js";

export interface DownloadOptions {
  /** What the file must be; hexadecimal, any case. */
  readonly sha256?: string | undefined;
  /** How long it must be. */
  readonly bytes?: number | undefined;
  /** Refuse more than this many bytes. Default 2 GiB. */
  readonly maxBytes?: number | undefined;
  /** How often in a row to try again without a byte gained. Default 5. */
  readonly retries?: number | undefined;
  /** Wait before the first of these; doubles each time, up to 10 s. Default 500. */
  readonly retryDelayMs?: number | undefined;
  /** A connection that gives nothing for so long is broken. Default 30,000. */
  readonly stallTimeoutMs?: number | undefined;
  /** Default 5. */
  readonly maxRedirects?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
const LONGEST_DELAY_MS = 10_000;

/**
 * Fetch a URL into a partial download's file: over broken connections, from where an earlier try stopped, never
 * holding more than a block of it in memory. When the promise resolves, the file is whole and checked; the caller
 * then moves it, or gives it back.
 *
 * @throws MattelierError `download-failed`, `not-found`, `too-large`, `checksum-mismatch`, `unwritable`, `aborted`
 */
export async function download(
  url: URL,
  partial: PartialDownload,
  options: DownloadOptions = {},
): Promise<FileDigest> {
  const sha256 = options.sha256?.toLowerCase();
  const meter = createProgressMeter("download", options.onProgress);
  const transfer = await Transfer.open(url, partial, {
    expectedBytes: options.bytes,
    hasChecksum: sha256 !== undefined,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
    maxRedirects: options.maxRedirects ?? 5,
    signal: options.signal,
    meter,
  });
  try {
    await untilComplete(transfer, options);
    if (sha256 !== undefined && transfer.joined && transfer.sha256() !== sha256) {
      // Pieces of two versions of the file may have been joined; the whole in one go cannot have been.
      await transfer.restart();
      await untilComplete(transfer, options);
    }
    await check(transfer, { sha256, bytes: options.bytes });
    await transfer.flush();
    meter.finish();
    return { sha256: transfer.sha256(), bytes: transfer.received };
  } finally {
    await transfer.close();
  }
}

/** Connect again and again, until the file is all here or connections in a row gain nothing. */
async function untilComplete(transfer: Transfer, options: DownloadOptions): Promise<void> {
  const { retries = 5, retryDelayMs = 500, signal } = options;
  let best = transfer.received;
  let failures = 0;
  for (;;) {
    throwIfAborted(signal, transfer.where);
    const outcome = await transfer.attempt();
    if (outcome.kind === "complete") return;
    failures = transfer.received > best ? 1 : failures + 1;
    best = Math.max(best, transfer.received);
    if (failures > retries) {
      throw new MattelierError({
        code: "download-failed",
        where: transfer.where,
        expected: "a connection that lasts",
        got: `${outcome.reason} (tried ${failures} times without gaining a byte)`,
        fix: "run the same again: it goes on where this stopped, if the server can",
      });
    }
    const backOffMs = Math.min(retryDelayMs * 2 ** (failures - 1), LONGEST_DELAY_MS);
    // An abort ends the wait; the next turn says so.
    await sleep(outcome.retryAfterMs ?? backOffMs, undefined, signal && { signal }).catch(() => undefined);
  }
}

/** What does not fit is thrown away: going on from it could never end well. */
async function check(
  transfer: Transfer,
  { sha256, bytes }: { sha256: string | undefined; bytes: number | undefined },
): Promise<void> {
  const got = { sha256: transfer.sha256(), bytes: transfer.received };
  const wrong =
    bytes !== undefined && got.bytes !== bytes
      ? { expected: `${bytes} bytes`, got: `${got.bytes} bytes` }
      : sha256 !== undefined && got.sha256 !== sha256
        ? { expected: `SHA-256 ${sha256}`, got: got.sha256 }
        : undefined;
  if (wrong === undefined) return;
  await transfer.restart();
  throw new MattelierError({
    code: "checksum-mismatch",
    where: transfer.where,
    ...wrong,
    fix: "check the address and the checksum with whoever published the model",
  });
}
