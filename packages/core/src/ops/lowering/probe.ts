import { Builder, type Graph, type Value } from "../../graph/index.js";
import { createRng, tensorFrom, type TensorData } from "../../util/index.js";
import { rules } from "../index.js";
import { fromBlocked, packWeights, toBlocked } from "./blocked.js";

/** Runs a graph once; rejects where the runtime refuses it. */
export type RunGraph = (
  graph: Graph,
  feeds: ReadonlyMap<Value, TensorData>,
) => Promise<readonly TensorData[]>;

/** Divisible by every block there is. */
const CHANNELS = 32;

/**
 * How many channels ONNX Runtime's blocked operators take together on this machine, or undefined where it has none.
 * The operators are internal and say nothing about themselves: numbered channels are reordered, and where the second
 * place of the first channel comes to lie is the block. A small convolution must then give its known result.
 */
export async function probeBlock(run: RunGraph): Promise<8 | 16 | undefined> {
  try {
    const block = await blockOfLayout(run);
    return block !== undefined && (await convolvesRight(run, block)) ? block : undefined;
  } catch {
    return undefined; // The runtime does not have the operators.
  }
}

/** [1, 32, 1, 2] holding 2·channel + place lies as [1, 32/B, 1, 2, B]: 1 is found at B. */
async function blockOfLayout(run: RunGraph): Promise<8 | 16 | undefined> {
  const b = new Builder(rules);
  const shape = [1, CHANNELS, 1, 2];
  const x = b.input("x", "float32", shape);
  const values = Array.from({ length: 2 * CHANNELS }, (_, i) => i);
  const [laid] = await run(b.build([toBlocked(b, x)]), new Map([[x, tensorFrom("float32", shape, values)]]));
  const at = (laid!.data as Float32Array).indexOf(1);
  return at === 8 || at === 16 ? at : undefined;
}

/** A 1x2 kernel between different numbers of channels; small integers, so that the sums are exact. */
async function convolvesRight(run: RunGraph, block: 8 | 16): Promise<boolean> {
  const [inputs, outputs, width] = [CHANNELS, 2 * CHANNELS, 3] as const;
  const b = new Builder(rules);
  const x = b.input("x", "float32", [1, inputs, 1, width]);
  const w = b.input("w", "float32", [outputs, inputs, 1, 2]);
  const y = b.op("com.microsoft.nchwc.Conv", [toBlocked(b, x), packWeights(b, w, block)], {
    kernel_shape: [1, 2],
  });
  const graph = b.build([fromBlocked(b, y)]);
  const rng = createRng(1);
  const integers = (length: number): number[] =>
    Array.from({ length }, () => Math.floor(rng.uniform() * 9) - 4);
  const [xs, ws] = [integers(inputs * width), integers(outputs * inputs * 2)];
  const [got] = await run(
    graph,
    new Map([
      [x, tensorFrom("float32", x.shape as number[], xs)],
      [w, tensorFrom("float32", w.shape as number[], ws)],
    ]),
  );
  const sumAt = (o: number, place: number): number => {
    let sum = 0;
    for (let c = 0; c < inputs; c++)
      for (let k = 0; k < 2; k++) sum += ws[(o * inputs + c) * 2 + k]! * xs[c * width + place + k]!;
    return sum;
  };
  const data = got!.data as Float32Array;
  return (
    data.length === outputs * (width - 1) &&
    data.every((value, i) => value === sumAt(Math.floor(i / (width - 1)), i % (width - 1)))
  );
}
