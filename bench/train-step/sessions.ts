import { toOnnx } from "@mattelier/core/graph";
import { encodeModel } from "@mattelier/core/onnx";
import type { Session } from "@mattelier/core/runtime";
import { createNodeSession, type NodeSessionOptions } from "@mattelier/core/runtime/node";
import { CPU, probeBlock, type Target } from "../../packages/core/src/ops/lowering/index.js";

const OPTIONS: NodeSessionOptions = { provider: "cpu", inThread: "here", optimisation: "none" };

/** A session for a training graph as `createNodeTrainStep` opens it, in this thread. */
export const openCpuSession = (
  model: Uint8Array,
  options: Pick<NodeSessionOptions, "threads" | "profile"> = {},
): Promise<Session> => createNodeSession(model, { ...OPTIONS, ...options });

/** What the CPU provider of this machine can do. */
export async function cpuTarget(): Promise<Target> {
  const block = await probeBlock(async (graph, feeds) => {
    const session = await openCpuSession(encodeModel(toOnnx(graph)));
    try {
      const results = await session.run(
        Object.fromEntries([...feeds].map(([{ name }, data]) => [name, data])),
      );
      return graph.outputs.map(({ name }) => results[name]!);
    } finally {
      await session.dispose();
    }
  });
  return { ...CPU, block };
}
