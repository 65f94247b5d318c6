import { toOnnx } from "../graph/index.js";
import { encodeModel } from "../onnx/index.js";
import { CPU, probeBlock, type Target } from "../ops/lowering/index.js";
import { createNodeSession } from "../runtime/node.js";

let probed: Promise<Target> | undefined;

/** What onnxruntime-node's CPU provider can do on this machine. Found out once. */
export function nodeCpuTarget(): Promise<Target> {
  return (probed ??= probe());
}

async function probe(): Promise<Target> {
  const block = await probeBlock(async (graph, feeds) => {
    const session = await createNodeSession(encodeModel(toOnnx(graph)), { provider: "cpu" });
    try {
      const tensors = [...feeds].map(([{ name }, data]) => [name, data] as const);
      const results = await session.run(Object.fromEntries(tensors));
      return graph.outputs.map(({ name }) => results[name]!);
    } finally {
      await session.dispose();
    }
  });
  return { ...CPU, block };
}
