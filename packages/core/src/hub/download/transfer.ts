import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { MattelierError, messageOf } from "../../util/errors.js";
import { fileError } from "../../files/file-error.js";
import { throwIfAborted } from "../../util/aborted.js";
import type { ProgressMeter } from "../progress.js";
import type { PartialDownload, PartialState } from "./partial.js";
import { readReply } from "./reply.js";
import { request, shownUrl } from "./request.js";
import { createStallTimer } from "./stall-timer.js";

export interface TransferOptions {
  readonly expectedBytes: number | undefined;
  /** Whether a checksum will tell if parts of two versions were joined; without, only what a validator covers is resumed. */
  readonly hasChecksum: boolean;
  readonly maxBytes: number;
  readonly stallTimeoutMs: number;
  readonly maxRedirects: number;
  readonly signal: AbortSignal | undefined;
  readonly meter: ProgressMeter;
}

/** How one connection ended. */
export type Outcome =
  | { readonly kind: "complete" }
  | { readonly kind: "broken"; readonly reason: string; readonly retryAfterMs?: number | undefined };

/** A file on its way from a URL to the disk: where it stands, and one connection at a time. */
export class Transfer {
  /** Bytes on the disk, all of them in the hash. */
  received = 0;
  /** Whether what is on the disk came in more than one piece. */
  joined = false;
  readonly #url: URL;
  readonly #partial: PartialDownload;
  readonly #options: TransferOptions;
  readonly #file: FileHandle;
  #state: PartialState;
  #hash: Hash = createHash("sha256");

  private constructor(url: URL, partial: PartialDownload, file: FileHandle, options: TransferOptions) {
    this.#url = url;
    this.#partial = partial;
    this.#file = file;
    this.#options = options;
    this.#state = partial.state;
  }

  /** Open the partial file, taking in what an earlier try left. */
  static async open(url: URL, partial: PartialDownload, options: TransferOptions): Promise<Transfer> {
    const file = await writing(partial, () => open(partial.dataPath, "r+"));
    const transfer = new Transfer(url, partial, file, options);
    try {
      if (transfer.#mayResume()) await transfer.#takeIn(partial.bytes);
      else await transfer.restart();
    } catch (error) {
      await file.close();
      throw error;
    }
    return transfer;
  }

  get where(): string {
    return shownUrl(this.#url);
  }

  /** Hexadecimal SHA-256 of what is on the disk. */
  sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  async restart(): Promise<void> {
    this.received = 0;
    this.joined = false;
    this.#hash = createHash("sha256");
    this.#state = {};
    this.#options.meter.startAt(0);
    await writing(this.#partial, () => this.#file.truncate(0));
  }

  /** Bring the file to the disk for good. */
  async flush(): Promise<void> {
    await writing(this.#partial, () => this.#file.sync());
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /**
   * Connect once and take what comes.
   * @throws MattelierError for what another try would not change
   */
  async attempt(): Promise<Outcome> {
    const { signal, stallTimeoutMs, maxRedirects } = this.#options;
    const stall = createStallTimer(stallTimeoutMs, signal);
    try {
      const headers = this.#headers();
      const response = await request(this.#url, { headers, signal: stall.signal, maxRedirects });
      const reply = readReply(response, { offset: this.received, where: this.where });
      if (reply.kind === "body") {
        await this.#begin(reply.from, reply.state);
        return await this.#take(response.body, () => {
          stall.reset();
        });
      }
      await response.body?.cancel();
      if (reply.kind === "complete") return reply;
      if (reply.kind === "busy") return { ...reply, kind: "broken" };
      await this.restart();
      return { kind: "broken", reason: "the server has another file now", retryAfterMs: 0 };
    } catch (error) {
      throwIfAborted(signal, this.where);
      if (error instanceof MattelierError) throw error;
      const reason = stall.signal.aborted ? `nothing came for ${stallTimeoutMs} ms` : reasonOf(error);
      return { kind: "broken", reason };
    } finally {
      stall.stop();
    }
  }

  #mayResume(): boolean {
    return this.#state.validator !== undefined || this.#options.hasChecksum;
  }

  #headers(): Record<string, string> {
    // Ranges and lengths must count the file's own bytes.
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (this.received === 0 || !this.#mayResume()) return headers;
    headers["range"] = `bytes=${this.received}-`;
    if (this.#state.validator !== undefined) headers["if-range"] = this.#state.validator;
    return headers;
  }

  async #begin(from: number, state: PartialState): Promise<void> {
    const { expectedBytes, maxBytes, meter } = this.#options;
    const total = state.totalBytes;
    if (total !== undefined && expectedBytes !== undefined && total !== expectedBytes)
      throw this.#refusal("checksum-mismatch", `${expectedBytes} bytes`, `a file of ${total} bytes`);
    if (total !== undefined && total > maxBytes) throw this.#tooLarge(`a file of ${total} bytes`);
    if (from === 0 && this.received > 0) await this.restart();
    this.joined = from > 0;
    this.#state = state;
    await writing(this.#partial, () => this.#partial.saveState(state));
    meter.setTotal(total ?? expectedBytes);
  }

  async #take(body: ReadableStream<Uint8Array> | null, onBlock: () => void): Promise<Outcome> {
    const { expectedBytes, maxBytes, meter } = this.#options;
    for await (const block of body ?? []) {
      onBlock();
      if (this.received + block.length > maxBytes) throw this.#tooLarge("more");
      await writing(this.#partial, () => writeAll(this.#file, block, this.received));
      this.#hash.update(block);
      this.received += block.length;
      meter.add(block.length);
    }
    const { totalBytes } = this.#state;
    if (totalBytes !== undefined && this.received > totalBytes) {
      const reason = `${this.received} bytes came of a file of ${totalBytes}`;
      await this.restart();
      return { kind: "broken", reason };
    }
    if (this.received >= (totalBytes ?? expectedBytes ?? 0)) return { kind: "complete" };
    return { kind: "broken", reason: `the connection ended after ${this.received} bytes` };
  }

  /** Hash what is on the disk already, as if it had just come. */
  async #takeIn(bytes: number): Promise<void> {
    const block = new Uint8Array(1 << 20);
    while (this.received < bytes) {
      const { bytesRead } = await writing(this.#partial, () =>
        this.#file.read(block, 0, block.length, this.received),
      );
      if (bytesRead === 0) break;
      this.#hash.update(block.subarray(0, bytesRead));
      this.received += bytesRead;
    }
    this.joined = this.received > 0;
    this.#options.meter.startAt(this.received);
  }

  #tooLarge(got: string): MattelierError {
    const fix = "raise the limit, with --max-size on the command line, if you trust where it comes from";
    return this.#refusal("too-large", `at most ${this.#options.maxBytes} bytes`, got, fix);
  }

  #refusal(
    code: "too-large" | "checksum-mismatch",
    expected: string,
    got: string,
    fix?: string,
  ): MattelierError {
    return new MattelierError({ code, where: this.where, expected, got, ...(fix && { fix }) });
  }
}

async function writing<T>(partial: PartialDownload, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, { where: partial.dataPath, doing: "writing" });
  }
}

async function writeAll(file: FileHandle, block: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < block.length;) {
    const { bytesWritten } = await file.write(block, done, block.length - done, position + done);
    done += bytesWritten;
  }
}

/** fetch says "fetch failed" or "terminated"; what happened is in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause instanceof Error && cause.message !== "" ? cause : error);
}
