import { printShape } from "../graph/dim.js";
import { arrayConstructor, byteLength } from "../util/dtype.js";
import { MattelierError } from "../util/errors.js";
import { sizeOf, type TensorData } from "../util/tensor-data.js";
import type { Session, TensorInfo } from "./session.js";

/**
 * Run a session once with zeros.
 * @throws MattelierError `invalid-argument` when a size of an input is not known
 */
export async function warmUpSession(session: Session, where: string): Promise<void> {
  const feeds = session.inputs.map((info) => [info.name, zeros(info, where)] as const);
  await session.run(Object.fromEntries(feeds), {
    outputs: session.outputs.slice(0, 1).map(({ name }) => name),
  });
}

function zeros({ name, dtype, shape }: TensorInfo, where: string): TensorData {
  const symbol = shape.find((size) => typeof size === "string");
  if (symbol !== undefined)
    throw new MattelierError({
      code: "invalid-argument",
      where: `${where}, warm-up`,
      expected: `known sizes for the input ${name}`,
      got: dtype + printShape(shape),
      fix: `give freeDimensions: { ${JSON.stringify(symbol)}: … }, or leave warmUp out`,
    });
  const sizes = shape as readonly number[];
  if (dtype === "string") return { dtype, shape: sizes, data: Array<string>(sizeOf(sizes)).fill("") };
  const make = arrayConstructor(dtype);
  const length = byteLength(dtype, sizeOf(sizes)) / make.BYTES_PER_ELEMENT;
  return { dtype, shape: sizes, data: new make(length) };
}
