import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readsOf, toOnnx, verify, type Graph, type Node, type Value } from "../graph/index.js";
import { conv, relu, sequential } from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { CPU, lowerGraph, orderForExecution } from "../ops/lowering/index.js";
import { createNodeSession } from "../runtime/node.js";
import { sizeOf, tensorFrom } from "../util/index.js";
import { recordStep } from "./step-plan.js";

const SIZE = 16;
const LAYERS = 8;

/** A step of a plain chain of convolutions and rectifiers; every node's path begins with its place. */
function chainStep(): Graph {
  const layers = Array.from({ length: LAYERS }, (_, i) => [conv(i === 0 ? 3 : 8, 8), relu]).flat();
  const model = sequential(...layers);
  const { graph } = recordStep({
    model,
    inputs: { image: { shape: [1, 3, SIZE, SIZE] } },
    loss: ({ image }) => model(image!).mean(),
    optimiser: { kind: "sgd", lr: 0.1 },
  });
  const lowered = lowerGraph(graph, { target: CPU });
  return {
    ...lowered,
    nodes: lowered.nodes.map((node, place) => ({ ...node, path: `${place}|${node.path}` })),
  };
}

/** Places of the nodes as ONNX Runtime runs them. */
async function executed(graph: Graph): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "order-"));
  try {
    const session = await createNodeSession(encodeModel(toOnnx(graph)), {
      provider: "cpu",
      inThread: "here",
      optimisation: "none",
      threads: 1,
      profile: join(folder, "profile"),
    });
    const zeros = graph.inputs.map(({ name, shape }) => {
      const fixed = shape as readonly number[];
      return [name, tensorFrom("float32", fixed, new Float32Array(sizeOf(fixed)))] as const;
    });
    await session.run(Object.fromEntries(zeros));
    await session.dispose();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file!), "utf8")) as { name: string }[];
    return events.flatMap(({ name }) => {
      const [, place] = /^(\d+)\|.*_kernel_time$/.exec(name) ?? [];
      return place === undefined ? [] : [Number(place)];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The most elements that are made and still to be read at a time. */
function mostKept(nodes: readonly Node[]): number {
  const lastRead = new Map<Value, number>();
  nodes.forEach((node, i) => {
    for (const value of readsOf(node)) lastRead.set(value, i);
  });
  let [kept, most] = [0, 0];
  const freed = nodes.map(() => 0);
  nodes.forEach((node, i) => {
    for (const output of node.outputs) {
      const end = output && lastRead.get(output);
      if (end === undefined) continue;
      const size = sizeOf(output!.shape as readonly number[]);
      kept += size;
      freed[end]! += size;
    }
    most = Math.max(most, kept);
    kept -= freed[i]!;
  });
  return most;
}

test("a step runs about as it was recorded, and keeps no more than that needs", async () => {
  const recorded = chainStep();
  const ordered = orderForExecution(recorded);
  verify(ordered);
  expect(new Set(ordered.nodes)).toEqual(new Set(recorded.nodes));

  const inOrder = (places: readonly number[]): Node[] => places.map((place) => recorded.nodes[place]!);
  const run = inOrder(await executed(ordered));
  expect(run).toHaveLength(recorded.nodes.length);
  const needed = mostKept(recorded.nodes);
  expect(mostKept(run)).toBeLessThanOrEqual(1.05 * needed);
  // As it stands ONNX Runtime would keep the gradients and masks of all layers.
  expect(mostKept(inOrder(await executed(recorded)))).toBeGreaterThan(1.3 * needed);
});
