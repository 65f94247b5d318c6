import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { officialState } from "../models/fixtures.test-support.js";
import { architecture } from "../models/index.js";
import { encodeModel } from "../onnx/index.js";
import { noBrowser, openTestPage, type TestPage } from "../runtime/browser.test-support.js";
import { createNodeSession } from "../runtime/node.js";
import { formulaTensor } from "../util/formula.test-support.js";
import { exportNetwork } from "./index.js";
import type { api } from "./web-page.test-support.js";

describe.skipIf(noBrowser !== undefined)(`exports in Chromium ${noBrowser ?? ""}`, () => {
  let page: TestPage<typeof api>;
  beforeAll(async () => {
    page = await openTestPage(new URL("./web-page.test-support.ts", import.meta.url), { wasm: "served" });
  }, 120_000);
  afterAll(() => page.close());

  for (const name of ["u2netp", "modnet"])
    it(
      `${name}: onnxruntime-web gives every head as onnxruntime-node does`,
      { timeout: 180_000 },
      async () => {
        const definition = architecture(name);
        const size = { widthPx: 96, heightPx: 64 };
        const options = { size, heads: "all", dynamicSize: true } as const;
        const model = encodeModel(exportNetwork(definition, officialState(definition, 1), options).model);
        const input = formulaTensor("input:chromium", [1, 3, 64, 96]);
        const inPage = await page.call("run", {
          model: Buffer.from(model).toString("base64"),
          shape: input.shape,
          data: [...(input.data as Float32Array)],
        });
        expect(Object.keys(inPage)).toEqual(definition.heads.all);

        const session = await createNodeSession(model, { inThread: "here" });
        const here = await session.run({ input });
        await session.dispose();
        for (const head of definition.heads.all) {
          const { shape, data } = here[head]!;
          expect(inPage[head]!.dims).toEqual(shape);
          const got = inPage[head]!.data;
          const worst = (data as Float32Array).reduce((w, x, i) => Math.max(w, Math.abs(x - got[i]!)), 0);
          expect(worst, head).toBeLessThan(1e-4);
        }
      },
    );
});
