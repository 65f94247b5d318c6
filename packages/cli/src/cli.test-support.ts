import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { encodeImage, picture, SRGB, type OutputFormat, type Picture } from "@mattelier/core/image";
import { preprocessingToMetadata } from "@mattelier/core/hub";
import { tinyModel, tinyPreprocessing, type TinyModel } from "../../core/src/hub/tiny-model.test-support.js";

const bin = fileURLToPath(new URL("../bin/mattelier.js", import.meta.url));
const built = fileURLToPath(new URL("../dist/main.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Lines of standard error that report an error. */
  readonly errors: readonly string[];
}

export interface RunOptions {
  readonly input?: Uint8Array;
  readonly cwd?: string;
  /** A file to take standard output, instead of `stdout`. */
  readonly stdout?: string;
  /** Called with the process and what it has written to standard error so far, whenever that grows. */
  readonly onStderr?: (child: ChildProcess, text: string) => void;
}

/** Run the built `mattelier` as a user does. */
export function mattelier(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  if (!existsSync(built)) throw new Error("the command line is tested as built: npm run build first");
  const file = options.stdout === undefined ? undefined : openSync(options.stdout, "w");
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    // Nothing of this machine's own models; nothing of the test runner's conditions.
    env: { PATH: process.env.PATH, MATTELIER_CACHE: "/nonexistent" },
    stdio: ["pipe", file ?? "pipe", "pipe"],
  });
  if (file !== undefined) closeSync(file);
  const out: Buffer[] = [];
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr!.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onStderr?.(child, stderr);
  });
  child.stdin!.on("error", () => undefined);
  child.stdin!.end(options.input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const errors = stderr.split("\n").filter((line) => line.startsWith("error: "));
      resolve({ code, stdout: Buffer.concat(out), stderr, errors });
    });
  });
}

/** A folder for all tests of a file, with `tiny.onnx` in it: a network of one convolution, for speed. */
export function useWorkshop(): {
  readonly path: (...parts: string[]) => string;
  /** Write a file below it, folders on the way included; its path. */
  readonly write: (name: string, content: Uint8Array | string) => Promise<string>;
} {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mattelier-cli-"));
    await writeFile(join(folder, "tiny.onnx"), tinyOnnx());
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  const path = (...parts: string[]): string => join(folder, ...parts);
  return {
    path,
    async write(name, content) {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), content);
      return path(name);
    },
  };
}

/** A model's file that says how it wants its pictures. */
export const tinyOnnx = (options: TinyModel = {}): Uint8Array =>
  tinyModel({ ...options, metadata: preprocessingToMetadata(tinyPreprocessing) });

/** A light disc on a dark ground, which the tiny network can tell apart. */
export function disc(widthPx = 40, heightPx = 30): Picture {
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const isInside = Math.hypot(x - widthPx / 2, y - heightPx / 2) < heightPx / 3;
      data.set(isInside ? [250, 240, 230] : [10, 20, 30], (y * widthPx + x) * 3);
    }
  return picture(widthPx, heightPx, 3, data);
}

/** The disc as a file's bytes; two frames for an animation. */
export function discBytes(format: OutputFormat, frames = 1): Promise<Uint8Array> {
  const dark = disc();
  const light = { ...dark, data: dark.data.map((sample) => Math.min(255, sample + 20)) };
  const moving = Array.from({ length: frames }, (_, i) => ({
    picture: i % 2 === 0 ? dark : light,
    delayMs: frames > 1 ? 100 : 0,
  }));
  return encodeImage({ frames: moving, loop: 0, colour: SRGB }, { format });
}
