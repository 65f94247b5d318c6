import type { SizePx } from "../../hub/preprocessing.js";
import type { StateDict } from "../../nn/index.js";
import { createNodeSession } from "../../runtime/node.js";
import { createRng, MattelierError, numbersOf, tensorFrom, type TensorData } from "../../util/index.js";
import type { ModelDefinition } from "../definition.js";
import { inferenceModel } from "./inference-model.js";

/** Files of 16-bit floats round each product: a layer in the wrong place is off by far more. */
const TOLERANCE = 0.02;

/**
 * Run a network and the .onnx that its weights were read from on the same noise.
 * @returns the largest difference of the final head, as a part of its spread
 * @throws MattelierError `invalid-data` where they disagree: the weights are in the wrong places
 */
export async function compareOutputs(
  definition: ModelDefinition,
  state: StateDict,
  {
    path,
    head,
    output,
    size,
  }: { readonly path: string; readonly head: string; readonly output: string; readonly size: SizePx },
): Promise<number> {
  const shape = [1, definition.channels ?? 3, size.heightPx, size.widthPx];
  const rng = createRng(7);
  const noise = Float32Array.from(
    { length: shape.reduce((n, dim) => n * dim, 1) },
    () => rng.uniform() - 0.5,
  );
  const own = await runOnce(inferenceModel(definition, state, { size, head }), head, { shape, noise });
  const file = await runOnce(path, output, { shape, noise });
  const [low, high] = [least(file), most(file)];
  const worst = own.reduce((w, x, i) => Math.max(w, Math.abs(x - file[i]!)), 0) / Math.max(high - low, 1e-6);
  if (worst <= TOLERANCE) return worst;
  throw new MattelierError({
    code: "invalid-data",
    where: path,
    expected: `an output ${output} like ${definition.name}'s ${head}`,
    got: `a difference of ${(100 * worst).toFixed(1)} % of its range: layers of equal shape may have changed places`,
    fix: "check that the file is this network, or say that it ends otherwise (no sigmoid) with --no-check",
  });
}

async function runOnce(
  model: string | Uint8Array,
  output: string,
  { shape, noise }: { readonly shape: readonly number[]; readonly noise: Float32Array },
): Promise<readonly number[]> {
  const session = await createNodeSession(model);
  try {
    const { name, dtype } = session.inputs[0]!;
    const feed: TensorData = tensorFrom(dtype === "float16" ? "float16" : "float32", shape, noise);
    return numbersOf((await session.run({ [name]: feed }, { outputs: [output] }))[output]!);
  } finally {
    await session.dispose();
  }
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
