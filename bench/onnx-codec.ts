// Reading and writing a 350 MB model: our codec against protobufjs and @bufbuild/protobuf. Every measurement is a
// process of its own, the codecs by turns; time is that of the work alone, memory the process's peak.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { tensorOfProto, type ModelProto, type NodeProto, type TensorProto } from "@mattelier/core/onnx";
import { readModelFile, readModelFileMetadata, writeModelFile } from "@mattelier/core/onnx/file";
import { createRng } from "@mattelier/core/util";
import { bufbuild, protobufJs, type Peer } from "./candidates/onnx-peers.js";
import { median, report, row, type Row } from "./lib/harness.js";

const PEERS: Readonly<Record<string, () => Peer>> = { protobufjs: protobufJs, bufbuild };
const CODECS = ["ours", ...Object.keys(PEERS)];
/** What is done, and what it is called. */
const TASKS = {
  read: "read",
  use: "read, weights as float arrays",
  write: "write",
  metadata: "read metadata only",
  look: "read structure only",
} as const;
type Task = keyof typeof TASKS;
const ROUNDS = 5;

interface Measurement {
  readonly ms: number;
  readonly peakMb: number;
}

/** 60 initialisers of 5.8 MB, 4,000 nodes, 8,000 small initialisers. */
function makeModel(): ModelProto {
  const rng = createRng(1);
  const noise = Float32Array.from({ length: 1 << 18 }, () => rng.normal());
  const block = new Uint8Array(noise.buffer);
  const big = Array.from({ length: 60 }, (_, i): TensorProto => {
    const rawData = new Uint8Array(5_840_000);
    for (let at = 0; at < rawData.length; at += block.length)
      rawData.set(block.subarray(0, rawData.length - at), at);
    return { dims: [1000, 1460], dataType: 1, name: `stage${i >> 2}.layer${i & 3}.conv.weight`, rawData };
  });
  const small = Array.from({ length: 8000 }, (_, i): TensorProto => {
    const rawData = block.slice(0, 4 * (1 + rng.integer(64)));
    return { dims: [rawData.length / 4], dataType: 1, name: `block${i}.norm.weight`, rawData };
  });
  const node = Array.from({ length: 4000 }, (_, i): NodeProto => ({
    input: [
      `/block${i}/relu/Relu_output_0`,
      `stage${i % 15}.layer${i & 3}.conv.weight`,
      `block${i}.norm.weight`,
    ],
    output: [`/block${i + 1}/relu/Relu_output_0`],
    name: `/block${i}/conv/Conv`,
    opType: "Conv",
    attribute: [
      { name: "dilations", ints: [1, 1], type: 7 },
      { name: "group", i: 1, type: 2 },
      { name: "kernel_shape", ints: [3, 3], type: 7 },
      { name: "pads", ints: [1, 1, 1, 1], type: 7 },
      { name: "strides", ints: [1, 1], type: 7 },
    ],
  }));
  const valueInfo = node.map(({ output }) => ({
    name: output![0]!,
    type: {
      tensorType: { elemType: 1, shape: { dim: [1, 64, 128, 128].map((dimValue) => ({ dimValue })) } },
    },
  }));
  return {
    irVersion: 10,
    producerName: "bench",
    graph: { node, name: "bench", initializer: [...big, ...small], valueInfo },
    opsetImport: [{ version: 21 }],
    metadataProps: [{ key: "card", value: "a card of the model" }],
  };
}

/** One task with one codec; returns something of the result, so that the work is done. */
async function work(codec: string, task: Task, path: string, prepared: unknown): Promise<unknown> {
  const out = `${path}.out`;
  if (codec === "ours") {
    if (task === "metadata") return (await readModelFileMetadata(path)).card;
    if (task === "write") return writeModelFile(out, prepared as ModelProto);
    const model = await readModelFile(path, { lazy: task === "look" });
    const tensors = model.graph?.initializer ?? [];
    if (task === "use") return tensors.map((tensor) => tensorOfProto(tensor).data);
    return model.graph?.node?.length;
  }
  const { peer, model } = prepared as { peer: Peer; model: unknown };
  if (task === "write") {
    writeFileSync(out, peer.encode(model));
    return undefined;
  }
  const decoded = peer.decode(readFileSync(path));
  if (task === "metadata") return peer.metadata(decoded);
  if (task === "use")
    return peer
      .weights(decoded)
      .map((raw) =>
        raw.byteOffset % 4 === 0
          ? new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4)
          : new Float32Array(new Uint8Array(raw).buffer),
      );
  return decoded;
}

async function prepare(codec: string, task: Task, path: string): Promise<unknown> {
  if (codec === "ours") return task === "write" ? readModelFile(path) : undefined;
  const peer = PEERS[codec]!();
  return { peer, model: task === "write" ? peer.decode(readFileSync(path)) : undefined };
}

async function measureHere(codec: string, task: Task, path: string): Promise<Measurement> {
  const prepared = await prepare(codec, task, path);
  globalThis.gc?.();
  await sleep(10);
  const startMs = performance.now();
  const result = await work(codec, task, path, prepared);
  const ms = performance.now() - startMs;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  if (result === null) throw new Error("no result");
  return { ms, peakMb };
}

/** Run this file in a process of its own. Its parent must stay small: a child's peak memory starts at its parent's. */
function runApart(...command: string[]): string {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...command];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const measureApart = (codec: string, task: Task, path: string): Measurement =>
  JSON.parse(runApart("--child", codec, task, path)) as Measurement;

const child = process.argv.indexOf("--child");
if (child >= 0) {
  const [codec, task, path] = process.argv.slice(child + 1) as [string, Task, string];
  console.log(JSON.stringify(await measureHere(codec, task, path)));
} else if (process.argv.includes("--make")) await writeModelFile(process.argv.at(-1)!, makeModel());
else {
  const folder = mkdtempSync(join(tmpdir(), "onnx-codec-"));
  try {
    const path = join(folder, "model.onnx");
    runApart("--make", path);
    const rows: Row[] = [];
    for (const [task, name] of Object.entries(TASKS) as [Task, string][]) {
      const all = CODECS.map(() => [] as Measurement[]);
      for (let round = 0; round <= ROUNDS; round++)
        CODECS.forEach((codec, i) => {
          const measurement = measureApart(codec, task, path);
          if (round > 0) all[i]!.push(measurement);
        });
      const [ours, ...peers] = all.map((list) => ({
        ms: median(list.map(({ ms }) => ms)),
        peakMb: median(list.map(({ peakMb }) => peakMb)),
      }));
      peers.forEach((peer, i) => {
        rows.push(row(`${name}: time, ${CODECS[i + 1]!}`, ours!.ms, peer.ms, "ms"));
        rows.push(row(`${name}: peak memory, ${CODECS[i + 1]!}`, ours!.peakMb, peer.peakMb, "MB"));
      });
    }
    report(rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
