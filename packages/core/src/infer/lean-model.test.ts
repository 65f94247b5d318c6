import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fromOnnx, toOnnx } from "../graph/index.js";
import { useTemporaryFolder } from "../hub/temporary-folder.test-support.js";
import { tinyModel } from "../hub/tiny-model.test-support.js";
import { decodeModel, encodeModel } from "../onnx/index.js";
import { createBuilder } from "../ops/index.js";
import { narrowToFloat16 } from "../util/index.js";
import { leanModel } from "./lean-model.js";

const folder = useTemporaryFolder();
/** Two heads, each by a product of its own, in half precision. */
async function twoHeads(): Promise<string> {
  const b = createBuilder();
  const x = b.input("x", "float16", [1, 3, 8, 8]);
  const product = (name: string) => {
    const data = narrowToFloat16(new Float32Array(192).fill(0.5));
    return b.named(b.mul(x, b.constant({ dtype: "float16", shape: [1, 3, 8, 8], data }, `w-${name}`)), name);
  };
  const path = join(folder(), "two-heads.onnx");
  await writeFile(path, encodeModel(toOnnx(b.build([product("matte"), product("side")]))));
  return path;
}

it("keeps the head that becomes the matte, by name or by index, and what it needs", async () => {
  const path = await twoHeads();
  for (const head of ["side", 1]) {
    const bytes = await leanModel({ path, head }, { float32: false });
    const graph = fromOnnx(decodeModel(bytes as Uint8Array));
    expect(graph.outputs.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual(["side float16"]);
    expect(graph.initialisers.map(({ name }) => name)).toEqual(["w-side"]);
    expect(graph.nodes.filter(({ op }) => op === "Mul")).toHaveLength(1);
  }
});

it("widens halves where they are no gain", async () => {
  const path = await twoHeads();
  const bytes = await leanModel({ path, head: "matte" }, { float32: true });
  const { inputs, outputs, initialisers } = fromOnnx(decodeModel(bytes as Uint8Array));
  expect([...inputs, ...outputs, ...initialisers].map(({ dtype }) => dtype)).toEqual(
    Array(3).fill("float32"),
  );
  expect([...(initialisers[0]!.constant!.data as Float32Array)]).toEqual(Array(192).fill(0.5));
});

it("leaves a lean model's file alone", async () => {
  const path = join(folder(), "lean.onnx");
  await writeFile(path, tinyModel());
  expect(await leanModel({ path, head: 0 }, { float32: true })).toBe(path);
});
