import { Builder, type Graph, type Value } from "../../graph/index.js";
import { tensorFrom, type TensorData } from "../../util/index.js";
import { rules } from "../index.js";
import { fromBlocked, packWeights, toBlocked } from "./blocked.js";

/** Runs a graph once; rejects where the runtime refuses it. */
export type RunGraph = (
  graph: Graph,
  feeds: ReadonlyMap<Value, TensorData>,
) => Promise<readonly TensorData[]>;

/**
 * How many channels ONNX Runtime's blocked operators take together on this machine, or undefined where it has none:
 * the operators are internal (x64 CPU only) and say nothing about themselves, so a small convolution is run and
 * compared with its known result.
 */
export async function probeBlock(run: RunGraph): Promise<8 | 16 | undefined> {
  for (const block of [16, 8] as const) if (await convolvesRight(run, block)) return block;
  return undefined;
}

async function convolvesRight(run: RunGraph, block: 8 | 16): Promise<boolean> {
  const b = new Builder(rules);
  const shape = [1, block, 2, 3];
  const x = b.input("x", "float32", shape);
  const w = b.input("w", "float32", [block, block, 1, 1]);
  const blocked = b.op("com.microsoft.nchwc.Conv", [toBlocked(b, x), packWeights(b, w, block)], {
    kernel_shape: [1, 1],
  });
  const graph = b.build([fromBlocked(b, blocked)]);
  // w turns channels round, so a wrong order of channels or of blocks shows.
  const values = Array.from({ length: block * 6 }, (_, i) => i - 40);
  const turn = Array.from({ length: block * block }, (_, i) => {
    const [row, column] = [Math.floor(i / block), i % block];
    return row + column === block - 1 ? 1 : 0;
  });
  const feeds = new Map([
    [x, tensorFrom("float32", shape, values)],
    [w, tensorFrom("float32", [block, block, 1, 1], turn)],
  ]);
  try {
    const [y] = await run(graph, feeds);
    const got = y!.data as Float32Array;
    return got.length === values.length && values.every((_, i) => got[i] === turned(values, block, i));
  } catch {
    return false; // The runtime does not have the operators, or takes another block.
  }
}

const turned = (values: readonly number[], block: number, i: number): number =>
  values[(block - 1 - Math.floor(i / 6)) * 6 + (i % 6)]!;
