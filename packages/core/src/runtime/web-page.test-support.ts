// What web.test.ts runs in a page.
import { MattelierError, type ErrorFacts } from "../util/errors.js";
import { numbersOf } from "../util/tensor-data.js";
import { sessionConformance, type ConformanceCase } from "./conformance.test-support.js";
import { f32, slow, twoOutputs } from "./models.test-support.js";
import type { ProviderState } from "./session.js";
import { createWebSession, webProviders, type WebSessionOptions } from "./web.js";

/** The suites, and how each makes its sessions. */
export const SUITES = {
  "wasm, in a worker": { provider: "wasm", threads: 2 },
  "wasm, here": { provider: "wasm", inThread: "here", wasmPaths: "/ort/" },
  "webgpu, here": { provider: "webgpu", inThread: "here" },
} as const satisfies Record<string, WebSessionOptions>;

export type Suite = keyof typeof SUITES;

export const casesOf = (suite: Suite): readonly ConformanceCase[] =>
  sessionConformance((model, options) => createWebSession(model, { ...options, ...SUITES[suite] }), {
    blocksCaller: suite === "wasm, here",
    // A GPU that is none takes its time.
    ...(suite.startsWith("webgpu") ? { slowSize: 64 } : {}),
  });

interface Outcome {
  readonly provider: string;
  readonly reason: string;
  readonly y: readonly number[];
}

/** A session's facts and one result, or the facts of the error. */
async function tryOut(
  model: string | Uint8Array,
  options: WebSessionOptions,
): Promise<Outcome | { readonly error: ErrorFacts }> {
  try {
    const session = await createWebSession(model, options);
    const { y } = await session.run({ x: f32([1, 3], [1, 2, 3]) });
    await session.dispose();
    return { provider: session.provider, reason: session.reason, y: numbersOf(y!) };
  } catch (error) {
    if (error instanceof MattelierError) return { error: error.toFacts() };
    throw error;
  }
}

export const api = {
  /** Check one case of a suite. */
  async check([suite, index]: readonly [Suite, number]): Promise<void> {
    await casesOf(suite)[index]!.check();
  },
  providers: (): Promise<readonly ProviderState[]> => webProviders(),
  tryOut: (options: WebSessionOptions) => tryOut(twoOutputs(), options),
  fromUrl: (url: string) => tryOut(url, {}),
  async fromBlob() {
    const url = URL.createObjectURL(new Blob([twoOutputs() as Uint8Array<ArrayBuffer>]));
    return tryOut(url, {});
  },
  withoutItsScript: () => tryOut(twoOutputs(), { worker: () => new Worker("/nothing-here.js") }),
  /** The longest that the page could do nothing during runs in a worker, and how long they took. In milliseconds. */
  async longestPause() {
    const session = await createWebSession(slow(512, 24), { provider: "wasm" });
    let pause = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      pause = Math.max(pause, performance.now() - last);
      last = performance.now();
    }, 1);
    const start = performance.now();
    await session.run({ x: f32([512, 512], Array<number>(512 * 512).fill(0)) });
    const took = performance.now() - start;
    clearInterval(timer);
    await session.dispose();
    return { pause, took };
  },
};

Object.assign(globalThis, { testPage: api });
