// Our side of bench/inference: runs model.onnx of a folder for each line on stdin, answers with a line of JSON.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createNodeSession } from "../../packages/core/src/runtime/node.js";
import { inputFor } from "./input.js";

const [folder, threads] = process.argv.slice(2) as [folder: string, threads: string];
const session = await createNodeSession(join(folder, "model.onnx"), {
  inThread: "here",
  provider: "cpu",
  threads: Number(threads),
});
const { name, shape } = session.inputs[0]!;
const [output] = session.outputs;
const feed = { [name]: inputFor(shape as readonly number[]) };

say({ ready: true });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while ((await lines.next()).done !== true) {
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  const { [output!.name]: matte } = await session.run(feed);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  const data = matte!.data as Float32Array;
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  say({ seconds, cpuSeconds: (user + system) / 1e6, loss: mean, peakMb: peakMb() });
}
await session.dispose();

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function peakMb(): number {
  const [, kb] = /^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))!;
  return Number(kb) / 1024;
}
