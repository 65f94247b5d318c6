import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { parseBytes, shownBytes, shownCount } from "./bytes.js";
import { cacheDirFrom } from "./cache-dir.js";
import { interruptible } from "./interrupt.js";
import { createTransferProgress } from "./transfer-progress.js";

describe("bytes", () => {
  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_951, "1.0 MB"],
    [88_188_479, "88.2 MB"],
    [2 ** 31, "2.1 GB"],
  ])("%d is %s", (bytes, text) => {
    expect(shownBytes(bytes)).toBe(text);
  });

  it("counts are short", () => {
    expect([999, 1000, 44_046_790, 159.7e9].map(shownCount)).toEqual(["999", "1.0 k", "44.0 M", "159.7 G"]);
  });

  it("reads sizes, and nothing else", () => {
    expect(["500MB", "2 GiB", "1000", "1.5kB", "7b"].map(parseBytes)).toEqual([5e8, 2 ** 31, 1000, 1500, 7]);
    expect(["", "big", "-1", "1e3", "5 X", "0", "99999999GB"].map(parseBytes)).toEqual(
      Array(7).fill(undefined),
    );
  });
});

describe("cacheDirFrom", () => {
  it("takes MATTELIER_CACHE, else the platform's folder", () => {
    expect(cacheDirFrom({ MATTELIER_CACHE: "/models" })).toBe("/models");
    expect(cacheDirFrom({ MATTELIER_CACHE: "" })).toMatch(/mattelier/);
  });
});

describe("interruptible", () => {
  it("aborts on SIGINT and on SIGTERM, and lets go of both afterwards", async () => {
    const before = process.listenerCount("SIGINT");
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      const aborted = await interruptible(
        (signal) =>
          new Promise((resolve) => {
            signal.addEventListener("abort", () => {
              resolve(name);
            });
            process.emit(name);
          }),
      );
      expect(aborted).toBe(name);
    }
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});

describe("transfer progress", () => {
  const streams = (isTTY: boolean) => {
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
    let text = "";
    stream.on("data", (chunk) => (text += String(chunk)));
    return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
  };
  const at = (bytes: number) =>
    ({ phase: "download", bytes, totalBytes: 100e6, bytesPerSecond: 10e6 }) as const;

  it("is a bar with rate and time left on a terminal", () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
    try {
      const { stream, text } = streams(true);
      const progress = createTransferProgress(stream);
      progress.report(at(0));
      vi.advanceTimersByTime(1000);
      progress.report(at(50e6));
      vi.advanceTimersByTime(1000);
      expect(text()).toContain("50.0 MB of 100.0 MB · 10.0 MB/s · 5 s left");
      progress.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it("is a line every five seconds elsewhere, and silent when it is over sooner", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const { stream, text } = streams(false);
      const progress = createTransferProgress(stream);
      progress.report(at(10e6));
      expect(text()).toBe("");
      vi.advanceTimersByTime(5000);
      progress.report(at(50e6));
      progress.report(at(51e6));
      vi.advanceTimersByTime(5000);
      progress.report({ ...at(60e6), totalBytes: undefined });
      expect(text()).toBe("Downloading: 50.0 MB of 100.0 MB, 10.0 MB/s\nDownloading: 60.0 MB, 10.0 MB/s\n");
    } finally {
      vi.useRealTimers();
    }
  });
});
