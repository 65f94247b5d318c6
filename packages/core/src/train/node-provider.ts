import { toOnnx } from "../graph/index.js";
import { encodeModel } from "../onnx/index.js";
import { createBuilder } from "../ops/index.js";
import { createNodeSession, type NodeProvider } from "../runtime/node.js";

/** Where a step is to run, and why there. */
export interface ChosenProvider {
  readonly provider: NodeProvider;
  /** As `auto; cuda is not installed`. */
  readonly reason: string;
}

/**
 * The provider that training takes: the one asked for by name, or with `auto` the best that works here, found out by
 * opening a graph of one node on it.
 * @throws MattelierError `provider-missing` when the one asked for is not installed or does not work; `unknown-name`
 */
export async function chooseNodeProvider(asked: NodeProvider | "auto"): Promise<ChosenProvider> {
  const b = createBuilder();
  const graph = b.build([b.named(b.neg(b.input("x", "float32", [1])), "y")]);
  const session = await createNodeSession(encodeModel(toOnnx(graph)), { provider: asked });
  try {
    return { provider: session.provider as NodeProvider, reason: session.reason };
  } finally {
    await session.dispose();
  }
}
