import * as ort from "onnxruntime-node";
import { expect } from "vitest";
import { expectHeads } from "../models/fixture-expectations.test-support.js";
import { officialState, readFixture } from "../models/fixtures.test-support.js";
import { architecture } from "../models/index.js";
import { encodeModel } from "../onnx/index.js";
import type { TensorData } from "../util/index.js";
import { exportNetwork, INPUT_NAME, type ExportOptions } from "./index.js";

/** All heads of a fixture's network, exported, in plain onnxruntime-node: PyTorch's. */
export async function checkExportedHeads(
  file: string,
  name: string,
  options: ExportOptions = {},
): Promise<void> {
  const fixture = readFixture(file);
  const definition = architecture(name);
  const size = { widthPx: fixture.width, heightPx: fixture.height };
  const state = officialState(definition, fixture.gain_eval);
  const exported = exportNetwork(definition, state, { size, heads: "all", ...options });
  const input = fixture.tensors.get(definition.channels === 1 ? "target" : "input")!;
  const outputs = await runPlain(encodeModel(exported.model), input);
  expect(Object.keys(outputs)).toEqual(definition.heads.all);
  expectHeads(outputs, fixture, { mode: "eval", definition });
}

/** What plain onnxruntime-node gives for a model. */
export async function runPlain(
  model: Uint8Array,
  { shape, data }: TensorData,
): Promise<Record<string, TensorData>> {
  const session = await ort.InferenceSession.create(model);
  try {
    const results = await session.run({
      [INPUT_NAME]: new ort.Tensor("float32", data as Float32Array, shape),
    });
    return Object.fromEntries(
      Object.entries(results).map(([head, { dims, data: got }]): [string, TensorData] => [
        head,
        { dtype: "float32", shape: dims, data: got },
      ]),
    );
  } finally {
    await session.release();
  }
}
