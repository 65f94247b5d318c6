import { readFileSync } from "node:fs";
import { platform } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { f32, makeModel } from "./models.test-support.js";
import { createNodeSession } from "./node.js";
import type { Session } from "./session.js";

const MB = 2 ** 20;
/** A session holds its weights at least once: one that is not freed shows. */
const WEIGHTS_BYTES = 8 * MB;
/** Many: allocators keep the memory of some, an arena a thread. */
const CYCLES = 24;
const HALF_OF_ALL_MB = (CYCLES * WEIGHTS_BYTES) / MB / 2;

const width = 2048;
const height = WEIGHTS_BYTES / 4 / width;
const model = makeModel({
  inputs: [["x", "float32", [1, height]]],
  outputs: [["y", "float32", [1, width]]],
  nodes: [["MatMul", ["x", "w"], ["y"]]],
  constants: {
    w: { dtype: "float32", shape: [height, width], data: new Float32Array(height * width).fill(0.5) },
  },
});
const x = f32([1, height], Array<number>(height).fill(1));

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Memory of the process without what JavaScript has let go of. */
function residentMb(): number {
  collectGarbage();
  return process.memoryUsage.rss() / MB;
}

const held: Session[] = [];
afterEach(async () => {
  await Promise.all(held.splice(0).map((session) => session.dispose()));
});

describe.each(["worker", "here"] as const)("sessions in thread %s", (inThread) => {
  const used = async (): Promise<Session> => {
    const session = await createNodeSession(model, { provider: "cpu", inThread });
    expect((await session.run({ x })).y!.data[0]).toBe(height / 2);
    return session;
  };

  it("give their memory and their threads back when disposed of; the measure sees those that are not", async () => {
    for (let i = 0; i < 2; i++) await (await used()).dispose();
    const [before, threadsBefore] = [residentMb(), threads()];
    for (let i = 0; i < CYCLES; i++) await (await used()).dispose();
    expect(residentMb() - before).toBeLessThan(HALF_OF_ALL_MB);
    expect(threads()).toBeLessThanOrEqual(threadsBefore);

    const start = residentMb();
    for (let i = 0; i < CYCLES; i++) held.push(await used());
    expect(residentMb() - start).toBeGreaterThan(HALF_OF_ALL_MB);
    if (inThread === "worker" && platform === "linux") expect(threads()).toBeGreaterThan(threadsBefore);
  });
});

/** Threads of this process; only Linux tells. */
const threads = (): number =>
  platform === "linux" ? Number(/^Threads:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))![1]) : 0;
