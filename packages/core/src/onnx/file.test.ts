import { createHash } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readModelFile, readModelFileMetadata, setModelFileMetadata, writeModelFile } from "./file.js";
import { readModelMetadata, setModelMetadata } from "./metadata.js";
import { decodeModel, encodeModel } from "./model.js";
import type { EntryProto, ModelProto, TensorProto } from "./schema.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onnx-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

const noise = (length: number): Uint8Array =>
  new Uint8Array(length).map((_, i) => (i * 31 + (i >> 8)) & 0xff);
const tensor = (name: string, length: number): TensorProto => ({
  dims: [length],
  dataType: 2,
  name,
  rawData: noise(length),
  docString: `doc of ${name}`,
});

/** Initialisers of all sizes, one of them in a nested graph, one with a typed list. */
const model: ModelProto = {
  irVersion: 10,
  graph: {
    name: "g",
    node: [
      {
        opType: "If",
        input: ["c"],
        output: ["y"],
        attribute: [{ name: "then_branch", type: 5, g: { initializer: [tensor("inner", 5000)] } }],
      },
    ],
    initializer: [
      tensor("tiny", 3),
      tensor("small", 1500),
      { dims: [400], dataType: 1, name: "typed", floatData: new Float32Array(400).fill(2) },
      tensor("large", 300_001),
      tensor("huge", 2_000_000),
      { dims: [2], dataType: 8, name: "text", stringData: [noise(2000), noise(2000)] },
    ],
  },
  opsetImport: [{ version: 21 }],
  metadataProps: [{ key: "card", value: "x" }],
};

/** Bytes by their digest: comparing them one by one in a matcher takes seconds. */
const digest = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");
const digestOf = (value: ModelProto): string => digest(encodeModel(value));

const refusal = (code: string, facts: object = {}): Error =>
  expect.objectContaining({ code, ...facts }) as Error;

describe("inline weights", () => {
  it.each([false, true])("come back the same, lazy %s", async (lazy) => {
    const path = join(folder, "inline.onnx");
    await writeModelFile(path, model);
    expect(digest(await readFile(path))).toBe(digestOf(model));
    expect(digestOf(await readModelFile(path, { lazy }))).toBe(digestOf(model));
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("are aligned when they are long", async () => {
    const path = join(folder, "aligned.onnx");
    await writeModelFile(path, model);
    const read = await readModelFile(path);
    expect(read.graph!.initializer![3]!.rawData!.byteOffset % 8).toBe(0);
  });

  it("of a lazy model can be written over the file they are in", async () => {
    const path = join(folder, "over.onnx");
    await writeModelFile(path, model);
    const lazy = await readModelFile(path, { lazy: true });
    await writeModelFile(path, { ...lazy, producerName: "again" });
    expect(digestOf(await readModelFile(path))).toBe(digestOf({ ...model, producerName: "again" }));
    expect(() => lazy.graph!.initializer![4]!.rawData).toThrow(refusal("unreadable"));
  });

  it("of a lazy model whose file changed are refused", async () => {
    const path = join(folder, "changed.onnx");
    await writeModelFile(path, model);
    const lazy = await readModelFile(path, { lazy: true });
    await utimes(path, 1, 1);
    expect(() => lazy.graph!.initializer![4]!.rawData).toThrow(refusal("unreadable", { where: path }));
    await rm(path);
    expect(() => lazy.graph!.initializer![4]!.rawData).toThrow(refusal("not-found"));
  });
});

describe("external weights", () => {
  it.each([false, true])("come back the same, lazy %s", async (lazy) => {
    const path = join(folder, `external-${lazy}.onnx`);
    await writeModelFile(path, model, { externalData: {} });
    expect((await stat(path)).size).toBeLessThan(10_000);
    const written = decodeModel(await readFile(path));
    expect(written.graph!.initializer!.map((t) => t.dataLocation)).toEqual([
      undefined,
      1,
      1,
      1,
      1,
      undefined,
    ]);
    expect(written.graph!.node![0]!.attribute![0]!.g!.initializer![0]!.dataLocation).toBe(1);
    expect(written.graph!.initializer![4]!.externalData).toEqual([
      { key: "location", value: `external-${lazy}.onnx.data` },
      { key: "offset", value: expect.stringMatching(/^\d+$/) as string },
      { key: "length", value: "2000000" },
    ]);
    expect(Number(written.graph!.initializer![4]!.externalData![1]!.value) % 4096).toBe(0);

    const read = await readModelFile(path, { lazy });
    const typed = read.graph!.initializer![2]!;
    expect(new Float32Array(new Uint8Array(typed.rawData!).buffer)).toEqual(new Float32Array(400).fill(2));
    const raw = { ...model.graph!.initializer![2]!, rawData: typed.rawData! };
    delete (raw as { floatData?: unknown }).floatData;
    const initializer = model.graph!.initializer!.with(2, raw);
    expect(digestOf(read)).toBe(digestOf({ ...model, graph: { ...model.graph, initializer } }));
  });

  it("go where they are told, from a size on", async () => {
    const path = join(folder, "told.onnx");
    await writeModelFile(path, model, { externalData: { file: "w.bin", thresholdBytes: 100_000 } });
    const { graph } = decodeModel(await readFile(path));
    expect(graph!.initializer!.map((t) => t.dataLocation)).toEqual([
      undefined,
      undefined,
      undefined,
      1,
      1,
      undefined,
    ]);
    expect((await stat(join(folder, "w.bin"))).size).toBe(300_001 + 2_000_000 + (4096 - (300_001 % 4096)));
    expect(digestOf(await readModelFile(path))).toBe(digestOf(model));
  });

  const outside = (entries: EntryProto[]): ModelProto => ({
    graph: {
      initializer: [{ dims: [4], dataType: 2, name: "w", dataLocation: 1, externalData: entries }],
    },
  });
  const write = async (name: string, record: Record<string, string>): Promise<string> => {
    const path = join(folder, name);
    await writeFile(
      path,
      encodeModel(outside(Object.entries(record).map(([key, value]) => ({ key, value })))),
    );
    return path;
  };

  it.each(["/etc/passwd", "../up.bin", "a/../../up.bin", "..", "", "C:\\x", "a\\..\\b", "c:x", "a\0b"])(
    "may not lie at %j",
    async (location) => {
      const path = await write("hostile.onnx", { location });
      await expect(readModelFile(path)).rejects.toThrow(refusal("invalid-model", { where: "tensor w" }));
    },
  );

  it("may not lie behind a link that leads away, but may behind one that stays", async () => {
    await mkdir(join(folder, "blobs"), { recursive: true });
    await mkdir(join(folder, "snapshot"), { recursive: true });
    await writeFile(join(folder, "blobs", "b1"), noise(4));
    await symlink("../blobs/b1", join(folder, "snapshot", "w.bin"));
    const path = await write("snapshot/m.onnx", { location: "w.bin" });
    await expect(readModelFile(path)).rejects.toThrow(refusal("invalid-model"));
    await write("blobs/b2", { location: "w.bin" });
    await symlink("../blobs/b2", join(folder, "snapshot", "linked.onnx"));
    const read = await readModelFile(join(folder, "snapshot", "linked.onnx"));
    expect(read.graph!.initializer![0]!.rawData).toEqual(noise(4));
  });

  it.each([
    [{ location: "w4.bin", offset: "x" }, "invalid-model", "x"],
    [{ location: "w4.bin", length: "5" }, "invalid-model", "5"],
    [{ location: "w4.bin", offset: "1" }, "invalid-model", "a file of 4 bytes"],
    [{ location: "none.bin" }, "not-found", "nothing there"],
    [{ location: "." }, "invalid-model", undefined],
  ])("that do not fit are refused: %j", async (record, code, got) => {
    await writeFile(join(folder, "w4.bin"), noise(4));
    const path = await write("misfit.onnx", record);
    await expect(readModelFile(path)).rejects.toThrow(refusal(code, got === undefined ? {} : { got }));
  });

  it("are checked against their file's checksum", async () => {
    const bytes = noise(5_000_000);
    await writeFile(join(folder, "sum.bin"), bytes);
    const checksum = digest(bytes).toUpperCase();
    const good = await write("sum.onnx", { location: "sum.bin", offset: "4194302", checksum });
    expect((await readModelFile(good)).graph!.initializer![0]!.rawData).toEqual(
      bytes.slice(4194302, 4194306),
    );
    const bad = await write("bad-sum.onnx", { location: "sum.bin", checksum: "00" });
    await expect(readModelFile(bad)).rejects.toThrow(refusal("checksum-mismatch"));
  });

  it("left outside are not written to another place", async () => {
    const unresolved = outside([{ key: "location", value: "w.bin" }]);
    await expect(writeModelFile(join(folder, "x.onnx"), unresolved)).rejects.toThrow(
      refusal("invalid-argument"),
    );
  });

  it("take a file name, not a path", async () => {
    const options = { externalData: { file: "../w.bin" } };
    await expect(writeModelFile(join(folder, "x.onnx"), model, options)).rejects.toThrow(
      refusal("invalid-argument"),
    );
  });
});

describe("metadata of files", () => {
  it("is read and replaced without the rest", async () => {
    const path = join(folder, "meta.onnx");
    await writeModelFile(path, model);
    expect(await readModelFileMetadata(path)).toEqual({ card: "x" });
    await setModelFileMetadata(path, { card: "y", more: "z" });
    const stamped = setModelMetadata(encodeModel(model), { card: "y", more: "z" });
    expect(digest(await readFile(path))).toBe(digest(stamped));
    await setModelFileMetadata(path, {}, join(folder, "bare.onnx"));
    expect(readModelMetadata(await readFile(join(folder, "bare.onnx")))).toEqual({});
  });
});

describe("failures of the file system", () => {
  it.each([
    ["none.onnx", "not-found"],
    [".", "unreadable"],
    ["meta.onnx/x.onnx", "not-found"],
  ])("reading %s", async (name, code) => {
    await expect(readModelFile(join(folder, name))).rejects.toThrow(refusal(code));
    await expect(readModelFileMetadata(join(folder, name))).rejects.toThrow(refusal(code));
  });

  it("writing where a file is in the way", async () => {
    const path = join(folder, "meta.onnx", "x.onnx");
    await expect(writeModelFile(path, model)).rejects.toThrow(
      refusal("unwritable", { where: path, got: "a file where a folder should be" }),
    );
  });

  it("leaves what was there when writing fails", async () => {
    const path = join(folder, "stays.onnx");
    await writeModelFile(path, model);
    const lazy = await readModelFile(path, { lazy: true });
    await truncate(path, 1000);
    await expect(writeModelFile(path, lazy)).rejects.toThrow(refusal("unreadable"));
    expect((await stat(path)).size).toBe(1000);
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("names the file and byte of a model that is cut off", async () => {
    const path = join(folder, "cut.onnx");
    await writeFile(path, encodeModel(model).subarray(0, 1_000_000));
    await expect(readModelFile(path)).rejects.toThrow(refusal("invalid-model", { where: `${path}, byte 3` }));
  });
});

describe("beyond 2 GB", () => {
  it("is refused inline, with what to do, and before anything is written", async () => {
    const shared = new Uint8Array(2 ** 29); // pages that are never touched take no memory
    const initializer = [0, 1, 2, 3].map((i) => ({
      dims: [2 ** 29],
      dataType: 2,
      name: `w${i}`,
      rawData: shared,
    }));
    const path = join(folder, "large.onnx");
    await expect(writeModelFile(path, { irVersion: 10, graph: { initializer } })).rejects.toThrow(
      refusal("too-large", { fix: expect.stringContaining("externalData") as string }),
    );
    await expect(stat(path)).rejects.toThrow();
  });
});
