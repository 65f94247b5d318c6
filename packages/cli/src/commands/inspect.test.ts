import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { tinyModel } from "../../../core/src/hub/tiny-model.test-support.js";
import { inspectCommand } from "./inspect.js";

let folder: string;
let out = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-inspect-"));
  vi.stubEnv("MATTELIER_CACHE", join(folder, "cache"));
  await writeFile(join(folder, "fixed.onnx"), tinyModel({ metadata: { author: "a\nb" } }));
  await writeFile(
    join(folder, "open.onnx"),
    tinyModel({ inputShape: [1, 3, "height", "width"], outputShape: [1, 1, "height", "width"] }),
  );
  await writeFile(join(folder, "words.onnx"), "These are words, not a model.\n");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function inspect(file: string, ...flags: string[]): Promise<string> {
  out = "";
  await inspectCommand()
    .exitOverride()
    .parseAsync([join(folder, file), ...flags], { from: "user" });
  return out;
}

test("prints inputs, outputs, opset, operators with counts, parameters, MACs and size", async () => {
  const size = tinyModel({ metadata: { author: "a\nb" } }).length;
  expect(await inspect("fixed.onnx")).toBe(`tiny
  opset ai.onnx 21, IR version 10, ${size} bytes

Inputs
  image  float32[1,3,32,32]
  kernel  float32[1,3,1,1]  (optional)

Outputs
  matte  float32[1,1,32,32]

Operators
  Operator  Count   MACs
  Conv          1  3.1 k
  Sigmoid       1

Parameters
  3
  float32: 1 tensor, 3 elements, 12 bytes

Multiply-accumulates
  3.1 k (3072)

Metadata
  author: a b
`);
});

test("counts what open axes leave open once they are given a size", async () => {
  expect(await inspect("open.onnx")).toContain("without 1 node that depend on");
  const bound = await inspect("open.onnx", "--bind", "height=10", "--bind", "width=20");
  expect(bound).toContain("image  float32[1,3,10,20]");
  expect(bound).toMatch(/Multiply-accumulates\n {2}600\n/);
});

test("prints JSON, and the graph a node a line", async () => {
  expect(JSON.parse(await inspect("fixed.onnx", "--json"))).toMatchObject({
    name: "tiny",
    opsets: { "": 21 },
    parameters: 3,
    macs: { total: 3072 },
  });
  expect(await inspect("fixed.onnx", "--graph")).toMatch(/matte.*Sigmoid/);
});

test.each([
  [["nope.onnx"], { code: "not-found", got: "nothing there" }],
  [["words.onnx"], { code: "invalid-model", got: "text" }],
  [["fixed.onnx", "--bind", "height"], { code: "invalid-argument", where: "--bind", got: '"height"' }],
])("%j is refused", async ([file, ...flags], error) => {
  await expect(inspect(file!, ...flags)).rejects.toMatchObject(error);
});
