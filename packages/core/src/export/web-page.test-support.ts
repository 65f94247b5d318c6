// What web.test.ts runs in a page: plain onnxruntime-web, nothing of ours.
import * as ort from "onnxruntime-web/wasm";

interface Exported {
  /** The .onnx, base64. */
  readonly model: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Output {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export const api = {
  async run({ model, shape, data }: Exported): Promise<Record<string, Output>> {
    ort.env.wasm.wasmPaths = "/ort/";
    const bytes = Uint8Array.from(atob(model), (c) => c.charCodeAt(0));
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    const results = await session.run({ input: new ort.Tensor("float32", Float32Array.from(data), shape) });
    const outputs = Object.entries(results).map(([name, { dims, data: got }]): [string, Output] => [
      name,
      { dims, data: [...(got as Float32Array)] },
    ]);
    await session.release();
    return Object.fromEntries(outputs);
  },
};

Object.assign(globalThis, { testPage: api });
