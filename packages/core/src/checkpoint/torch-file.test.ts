import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { strToU8, zipSync } from "fflate";
import { hash32 } from "../util/random.js";
import { sizeOf } from "../util/tensor-data.js";
import { findStateDict } from "./find-state-dict.js";
import { decodeTorchFile, type TorchValue } from "./torch-file.js";

const shared = new URL("../../../../../shared/fixtures/", import.meta.url);
const here = existsSync(shared);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`checkpoints/${name}`, shared)));

/** The weights that the fixtures' formula gives (see the fixtures' README). */
function formula(key: string, shape: readonly number[], gain: number): Float32Array {
  const seed = hash32(key);
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    let x = (seed + Math.imul(i, 0x9e3779b9)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    const u = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
    if (key.endsWith("running_var")) return 0.5 + u;
    if (key.endsWith("running_mean")) return 0.2 * (u - 0.5);
    if (shape.length >= 2) return (2 * u - 1) * Math.sqrt(3 / sizeOf(shape.slice(1))) * gain;
    return key.endsWith("weight") ? 0.5 + u : 0.2 * (u - 0.5);
  });
}

test.skipIf(!here).each(["u2netp_zip.pth", "u2netp_legacy.pth"])(
  "%s holds the tensors of the formula (skipped where ../shared is absent)",
  (name) => {
    const { stateDict, path, strippedPrefix } = findStateDict(decodeTorchFile(fixture(name)));
    const { state_dict: expected } = JSON.parse(readFileSync(new URL("u2netp.json", shared), "utf8")) as {
      state_dict: [string, number[], string][] | Record<string, unknown>;
    };
    const keys = Array.isArray(expected) ? expected.map(([key]) => key) : Object.keys(expected);
    expect([...stateDict.keys()]).toEqual(keys);
    expect([path, strippedPrefix]).toEqual(["", ""]);
    for (const [key, { dtype, shape, data }] of stateDict) {
      if (dtype !== "float32") continue;
      // One expectation a tensor: millions of numbers compared one by one would take a minute.
      const wanted = formula(key, shape, 1);
      expect([data.length, (data as Float32Array).findIndex((x, i) => x !== wanted[i])], key).toEqual([
        wanted.length,
        -1,
      ]);
    }
  },
);

test.skipIf(!here)("a wrapped checkpoint is found under its key, without the prefix", () => {
  const found = findStateDict(decodeTorchFile(fixture("modnet_branches_wrapped.pth")));
  expect(found.path).toBe("state_dict");
  expect(found.strippedPrefix).toBe("module.");
  expect(found.stateDict.size).toBeGreaterThan(0);
  for (const key of found.stateDict.keys()) expect(key).not.toMatch(/^module\./);
});

test.skipIf(!here)("a hostile checkpoint is refused; the error names the callable, and nothing runs", () => {
  expect(() => decodeTorchFile(fixture("hostile.pth"), "hostile.pth")).toThrow(
    /hostile\.pth, byte \d+: expected tensors and plain containers only; got (posix|os|nt)\.system, .*nothing was run/,
  );
});

/** A zip checkpoint around hand-written pickle opcodes. */
const zipped = (pickle: string, storages: Record<string, Uint8Array> = {}) =>
  zipSync(
    {
      "archive/data.pkl": Uint8Array.from(pickle, (c) => c.charCodeAt(0)),
      ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes])),
    },
    { level: 0 },
  );

const tensorPickle = (offset: number, shape: string, strides: string) =>
  "\x80\x02}U\x01wctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x06tQ" +
  `K${String.fromCharCode(offset)}${shape}${strides}\x89ccollections\nOrderedDict\n)RtRs.`;

test("a strided tensor is made contiguous", () => {
  const storage = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);
  const value = decodeTorchFile(zipped(tensorPickle(1, "K\x02K\x02\x86", "K\x01K\x02\x86"), { 0: storage }));
  const { stateDict } = findStateDict(value);
  expect([...(stateDict.get("w")!.data as Float32Array)]).toEqual([1, 3, 2, 4]);
});

test("a tensor that reaches past its storage is an error, not a read beyond it", () => {
  const storage = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);
  const file = zipped(tensorPickle(3, "K\x02K\x02\x86", "K\x01K\x02\x86"), { 0: storage });
  expect(() => decodeTorchFile(file)).toThrow("expected 7 elements in storage 0; got 6");
});

test.each([
  ["a reduce of a marker", "\x80\x02ctorch\nFloatStorage\n)R."],
  ["an unknown global", "\x80\x02cbuiltins\neval\nU\x011\x85R."],
  ["an opcode for instances", "\x80\x02(cos\nsystem\no."],
  ["a lone mark", "\x80\x02(."],
  ["an unfinished stream", "\x80\x02}"],
  ["an absent memo", "\x80\x02h\x05."],
  ["a huge length", "\x80\x02X\xff\xff\xff\x7fab."],
])("%s is refused", (_, pickle) => {
  expect(() => decodeTorchFile(zipped(pickle))).toThrow(/checkpoint.*: expected/);
});

test("what is no checkpoint says so", () => {
  expect(() => decodeTorchFile(new Uint8Array())).toThrow("an empty file");
  expect(() => decodeTorchFile(strToU8("hello"))).toThrow("expected a PyTorch checkpoint");
  expect(() => decodeTorchFile(zipSync({ "a.txt": strToU8("x") }))).toThrow("data.pkl");
  const noTensors: TorchValue = new Map([["epoch", 3]]);
  expect(() => findStateDict(noTensors)).toThrow("a dict of epoch");
});

test("a legacy file that is cut short is told apart from one that holds too much", () => {
  const file = Uint8Array.from("\x80\x02X\x05\x00\x00\x00ab", (c) => c.charCodeAt(0));
  expect(() => decodeTorchFile(file, "cut.pth")).toThrow(
    /expected 5 more bytes; .*Fix: the file seems cut short/,
  );
});
