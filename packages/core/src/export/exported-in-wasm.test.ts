import * as ort from "onnxruntime-web/wasm";
import { expect, test } from "vitest";
import { architecture } from "../models/index.js";
import { inferenceModel } from "../models/weights/index.js";
import { initialState } from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { createNodeSession } from "../runtime/node.js";
import { createRng, type TensorData } from "../util/index.js";
import { exportNetwork } from "./index.js";

// The .onnx in onnxruntime-web's WebAssembly build, which is what browsers run; here within Node.

const definition = architecture("u2netp");
const size = { widthPx: 48, heightPx: 32 };

test.each([
  ["of one size", {}],
  ["of any size", { dynamicSize: true }],
])("an export %s runs in onnxruntime-web, to onnxruntime-node's values", async (_, options) => {
  const state = initialState(definition.create(), createRng(3));
  const rng = createRng(4);
  const data = Float32Array.from({ length: 3 * 32 * 48 }, () => rng.normal());
  const input: TensorData = { dtype: "float32", shape: [1, 3, 32, 48], data };

  ort.env.wasm.numThreads = 1;
  const bytes = encodeModel(exportNetwork(definition, state, { size, ...options }).model);
  const web = await ort.InferenceSession.create(bytes);
  const { d0 } = await web.run({ input: new ort.Tensor("float32", data, [1, 3, 32, 48]) });
  await web.release();

  const node = await createNodeSession(inferenceModel(definition, state, { size }), { inThread: "here" });
  const expected = (await node.run({ input }))["d0"]!.data as Float32Array;
  await node.dispose();
  expect(d0!.dims).toEqual([1, 1, 32, 48]);
  const got = d0!.data as Float32Array;
  expect(expected.reduce((w, x, i) => Math.max(w, Math.abs(x - got[i]!)), 0)).toBeLessThan(1e-4);
});
