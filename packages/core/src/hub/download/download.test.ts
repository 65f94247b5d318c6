import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRng } from "../../util/random.js";
import type { Progress } from "../progress.js";
import { download, type DownloadOptions } from "./download.js";
import { claimPartial, type PartialDownload } from "./partial.js";
import { downloadUrl } from "./request.js";
import { sendCut, sendFile, serve, type Reply, type TestServer } from "./server.test-support.js";

const rng = createRng(1);
const randomBytes = (count: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: count }, () => rng.integer(256)));
const body = randomBytes(300_000);
const other = randomBytes(300_000);
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const etag = '"v1"';

let folder: string;
let server: TestServer | undefined;
let partial: PartialDownload;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-download-"));
  partial = await claimPartial(folder, "file");
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

const get = async (reply: Reply, options: DownloadOptions = {}) => {
  await server?.close();
  server = await serve(reply);
  return download(new URL(`${server.url}/model.onnx`), partial, { retryDelayMs: 1, ...options });
};
const onDisk = (): Promise<Buffer> => readFile(partial.dataPath);

describe("download", () => {
  it("fetches a file in one go, with its hash and its progress", async () => {
    const reports: Progress[] = [];
    const digest = await get(
      (request, response) => {
        sendFile(request, response, { body, etag });
      },
      { onProgress: (progress) => reports.push(progress) },
    );
    expect(digest).toEqual({ sha256: sha256(body), bytes: body.length });
    expect((await onDisk()).equals(body)).toBe(true);
    expect(reports.at(-1)).toMatchObject({ phase: "download", bytes: body.length, totalBytes: body.length });
    expect(reports.at(-1)!.bytesPerSecond).toBeGreaterThan(0);
  });

  it("goes on where a broken connection stopped", async () => {
    const digest = await get((request, response, count) => {
      sendFile(request, response, { body, etag, ...(count < 2 && { cutAfter: 100_000 }) });
    });
    expect(digest.sha256).toBe(sha256(body));
    expect(server!.ranges).toEqual(["", "bytes=100000-", "bytes=200000-"]);
  });

  it("resumes by Last-Modified where there is no strong ETag", async () => {
    const lastModified = "Wed, 21 Oct 2015 07:28:00 GMT";
    await get((request, response, count) => {
      sendFile(request, response, { body, lastModified, ...(count === 0 && { cutAfter: 100_000 }) });
      if (count > 0) expect(request.headers["if-range"]).toBe(lastModified);
    });
    expect(server!.ranges).toEqual(["", "bytes=100000-"]);
    expect((await onDisk()).equals(body)).toBe(true);
  });

  it("starts over, rather than join two files blindly, without validator and checksum", async () => {
    const digest = await get((request, response, count) => {
      sendFile(request, response, { body, etag: 'W/"weak"', ...(count === 0 && { cutAfter: 100_000 }) });
    });
    expect(server!.ranges).toEqual(["", ""]);
    expect(digest.sha256).toBe(sha256(body));
  });

  it("takes the whole from a server that ignores Range", async () => {
    const digest = await get((_, response, count) => {
      response.writeHead(200, { "content-length": body.length, etag });
      sendCut(response, body, count === 0 ? 100_000 : undefined);
    });
    expect(server!.ranges).toEqual(["", "bytes=100000-"]);
    expect(digest).toEqual({ sha256: sha256(body), bytes: body.length });
    expect((await onDisk()).equals(body)).toBe(true);
  });

  it("starts over when the file changed between two pieces", async () => {
    const digest = await get((request, response, count) => {
      if (count === 0) sendFile(request, response, { body, etag, cutAfter: 100_000 });
      else sendFile(request, response, { body: other, etag: '"v2"' });
    });
    expect(digest.sha256).toBe(sha256(other));
    expect((await onDisk()).equals(other)).toBe(true);
  });

  it("notices by the checksum that pieces of two files were joined, and fetches the whole once more", async () => {
    const digest = await get(
      (request, response, count) => {
        // No validator: the server cannot be asked whether it is still the same file.
        if (count === 0) sendFile(request, response, { body: other, cutAfter: 100_000 });
        else sendFile(request, response, { body });
      },
      { sha256: sha256(body).toUpperCase() },
    );
    expect(server!.ranges).toEqual(["", "bytes=100000-", ""]);
    expect(digest.sha256).toBe(sha256(body));
  });

  it("starts over when a server answers with another range than asked for", async () => {
    const digest = await get((request, response, count) => {
      if (count !== 1) {
        sendFile(request, response, { body, etag, ...(count === 0 && { cutAfter: 100_000 }) });
        return;
      }
      response
        .writeHead(206, { etag, "content-range": `bytes 0-${body.length - 1}/${body.length}` })
        .end(body);
    });
    expect(server!.ranges).toEqual(["", "bytes=100000-", ""]);
    expect(digest.sha256).toBe(sha256(body));
  });

  it("takes up what an earlier process left, and knows when that was all of it", async () => {
    await writeFile(partial.dataPath, body.subarray(0, 120_000));
    await partial.saveState({ validator: etag, totalBytes: body.length });
    await partial.release();
    partial = await claimPartial(folder, "file");
    expect(partial.bytes).toBe(120_000);
    const reply: Reply = (request, response) => {
      sendFile(request, response, { body, etag });
    };
    expect((await get(reply)).sha256).toBe(sha256(body));
    expect(server!.ranges).toEqual(["bytes=120000-"]);

    await partial.release();
    partial = await claimPartial(folder, "file");
    expect((await get(reply)).sha256).toBe(sha256(body));
    expect(server!.ranges).toEqual([`bytes=${body.length}-`]);
  });

  it("gives up after tries that gain nothing, keeping what came", async () => {
    const failing = get(
      (request, response, count) => {
        if (count === 0) sendFile(request, response, { body, etag, cutAfter: 100_000 });
        else response.destroy();
      },
      { retries: 2 },
    );
    await expect(failing).rejects.toMatchObject({
      code: "download-failed",
      where: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/model\.onnx$/) as string,
    });
    expect(server!.ranges).toHaveLength(3);
    expect((await onDisk()).equals(body.subarray(0, 100_000))).toBe(true);
  });

  it("ends against a server that always breaks at the same byte and knows no ranges", async () => {
    const failing = get(
      (_, response) => {
        response.writeHead(200, { "content-length": body.length });
        sendCut(response, body, 50_000);
      },
      { retries: 3 },
    );
    await expect(failing).rejects.toMatchObject({ code: "download-failed" });
    expect(server!.ranges).toHaveLength(4);
  });

  it("tries again when the server is busy, as late as it asks", async () => {
    const start = performance.now();
    await get((request, response, count) => {
      if (count === 0) response.writeHead(503, { "retry-after": "1" }).end();
      else sendFile(request, response, { body });
    });
    expect(performance.now() - start).toBeGreaterThan(950);
    expect(server!.ranges).toHaveLength(2);
  });

  it("does not try again what would fail again", async () => {
    await expect(get((_, response) => response.writeHead(404).end())).rejects.toMatchObject({
      code: "not-found",
      got: "status 404 Not Found",
    });
    expect(server!.ranges).toHaveLength(1);
    await expect(get((_, response) => response.writeHead(403).end())).rejects.toMatchObject({
      code: "download-failed",
      got: "status 403 Forbidden",
    });
  });

  it("refuses wrong bytes and keeps none of them", async () => {
    const wrong = get(
      (request, response) => {
        sendFile(request, response, { body: other, etag });
      },
      { sha256: sha256(body) },
    );
    await expect(wrong).rejects.toMatchObject({ code: "checksum-mismatch", got: sha256(other) });
    expect(server!.ranges).toHaveLength(1);
    expect(await onDisk()).toHaveLength(0);
  });

  it("refuses a wrong length before any of it comes", async () => {
    const wrong = get(
      (request, response) => {
        sendFile(request, response, { body });
      },
      { bytes: body.length + 1 },
    );
    await expect(wrong).rejects.toMatchObject({
      code: "checksum-mismatch",
      expected: "300001 bytes",
      got: "a file of 300000 bytes",
    });
  });

  it("counts a reply without a length that ends early as broken, and one that runs on as too long", async () => {
    const chunked: Reply = (_, response) => {
      response.writeHead(200);
      response.end(body);
    };
    await expect(get(chunked, { bytes: body.length + 1, retries: 1 })).rejects.toMatchObject({
      code: "download-failed",
      got: expect.stringContaining("ended after 300000 bytes") as string,
    });
    await expect(get(chunked, { bytes: body.length - 1 })).rejects.toMatchObject({
      code: "checksum-mismatch",
      got: "300000 bytes",
    });
  });

  it("stops a file larger than the limit, said or not", async () => {
    const said = get(
      (request, response) => {
        sendFile(request, response, { body });
      },
      { maxBytes: 1000 },
    );
    await expect(said).rejects.toMatchObject({ code: "too-large", got: "a file of 300000 bytes" });

    const endless: Reply = (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write(body, more);
      };
      more();
    };
    await expect(get(endless, { maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: "too-large",
      got: "more",
    });
  });

  it("follows redirects, but not round in circles, nor to other protocols", async () => {
    const digest = await get((request, response) => {
      if (request.url === "/model.onnx") response.writeHead(302, { location: "/elsewhere" }).end();
      else sendFile(request, response, { body });
    });
    expect(digest.sha256).toBe(sha256(body));

    const loop = get((_, response) => response.writeHead(301, { location: "/model.onnx" }).end());
    await expect(loop).rejects.toMatchObject({ code: "download-failed", expected: "at most 5 redirects" });
    expect(server!.ranges).toHaveLength(6);

    const file = get((_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end());
    await expect(file).rejects.toMatchObject({ code: "download-failed", got: "file://" });
  });

  it("gives up on a server that goes silent", async () => {
    const silent: Reply = (_, response) => {
      response.writeHead(200, { "content-length": body.length });
      response.write(body.subarray(0, 10));
    };
    await expect(get(silent, { stallTimeoutMs: 50, retries: 1 })).rejects.toMatchObject({
      code: "download-failed",
      got: expect.stringContaining("nothing came for 50 ms") as string,
    });
  });

  it("stops on abort, on the way and while waiting, keeping what came", async () => {
    const controller = new AbortController();
    const onTheWay = get(
      (_, response) => {
        response.writeHead(200, { "content-length": body.length, etag });
        response.write(body.subarray(0, 100_000));
      },
      {
        signal: controller.signal,
        onProgress: () => {
          controller.abort();
        },
      },
    );
    await expect(onTheWay).rejects.toMatchObject({ code: "aborted" });
    expect((await onDisk()).length).toBeGreaterThan(0);

    const waiting = new AbortController();
    setTimeout(() => {
      waiting.abort();
    }, 50);
    const start = performance.now();
    const busy = get((_, response) => response.writeHead(503, { "retry-after": "30" }).end(), {
      signal: waiting.signal,
    });
    await expect(busy).rejects.toMatchObject({ code: "aborted" });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("claimPartial", () => {
  it("gives two that ask at the same time a folder each", async () => {
    await writeFile(partial.dataPath, body.subarray(0, 1000));
    await partial.release();
    const claims = await Promise.all([1, 2, 3].map(() => claimPartial(folder, "file")));
    expect(new Set(claims.map(({ dataPath }) => dataPath)).size).toBe(3);
    expect(claims.map(({ bytes }) => bytes).sort((a, b) => a - b)).toEqual([0, 0, 1000]);
  });

  it("leaves a folder alone whose process lives, and takes one whose process has ended", async () => {
    expect((await claimPartial(folder, "file")).bytes).toBe(0);
    await writeFile(partial.dataPath, body);
    expect((await claimPartial(folder, "file")).bytes).toBe(0);

    // A process id beyond what Linux, macOS and Windows give out.
    const [mine] = (await readdir(folder)).filter((name) => partial.dataPath.includes(name));
    await rename(join(folder, mine!), join(folder, mine!.replace(`-${process.pid}-`, "-999999999-")));
    expect((await claimPartial(folder, "file")).bytes).toBe(body.length);
  });

  it("clears away other downloads that were given up long ago, and only those", async () => {
    const month = 31 * 24 * 3600;
    const now = Date.now() / 1000;
    for (const [key, age] of [
      ["old", month],
      ["new", 0],
    ] as const) {
      const other = await claimPartial(folder, key);
      await utimes(other.dataPath, now - age, now - age);
      await other.release();
    }
    await utimes(partial.dataPath, now - month, now - month); // old, but this process works on it
    await claimPartial(folder, "another");
    expect((await readdir(folder)).map((name) => name.split("~")[0]).sort()).toEqual([
      "another",
      "file",
      "new",
    ]);
  });

  it("reads a state that was cut short as none", async () => {
    await writeFile(partial.dataPath, body);
    await writeFile(join(partial.dataPath, "..", "state.json"), '{"valida');
    await partial.release();
    expect(await claimPartial(folder, "file")).toMatchObject({ bytes: body.length, state: {} });
  });
});

describe("downloadUrl", () => {
  it("takes http and https without credentials, nothing else", () => {
    expect(downloadUrl("https://example.org/m.onnx?x=1").href).toBe("https://example.org/m.onnx?x=1");
    for (const text of [
      "ftp://example.org/m.onnx",
      "file:///m.onnx",
      "https://me:secret@example.org/",
      "m.onnx",
    ])
      expect(() => downloadUrl(text), text).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    expect(() => downloadUrl("https://me:secret@example.org/")).not.toThrow(/secret/);
  });
});
