import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { ortPackage } from "../../../runtime/node-providers.js";
import type { NodeProvider } from "../../../runtime/node.js";

/** What the numbers of a run were made on. */
export function environment(provider: NodeProvider, threads = availableParallelism()): unknown {
  return {
    mattelier: ownVersion(),
    onnxruntime: ortPackage().version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    provider,
    threads,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    started: new Date().toISOString(),
  };
}

function ownVersion(): string {
  const text = readFileSync(new URL("../../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
