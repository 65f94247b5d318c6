import { MattelierError, type ErrorCode } from "../util/errors.js";
import { unknownName } from "../util/nearest-name.js";
import { shownShape, type ModelFacts, type Port } from "./model-facts.js";
import type { Preprocessing } from "./preprocessing.js";

/**
 * The one input that takes the picture.
 * @throws MattelierError `unsupported` for none or several, `dtype-mismatch`, `shape-mismatch`
 */
export function pictureInput({ inputs }: ModelFacts, where: string): Port {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    const got = inputs.map(({ name, shape }) => `${name} ${shownShape(shape)}`).join(", ");
    throw misfit("unsupported", where, "one input, the picture", got === "" ? "none" : got);
  }
  const port = `${where}: input ${input.name}`;
  if (input.dtype !== "float32" && input.dtype !== "float16")
    throw misfit("dtype-mismatch", port, "float32 or float16", input.dtype ?? "no tensor");
  const { shape } = input;
  if (shape !== undefined && !(shape.length === 4 && isOpen(shape[0], 1) && isOpen(shape[1], 3)))
    throw misfit("shape-mismatch", port, "[1, 3, height, width]", shownShape(shape));
  return input;
}

/**
 * The output that a preprocessing names.
 * @throws MattelierError `unknown-name` or `invalid-argument` when there is no such output, `shape-mismatch` when it
 *   cannot be a matte
 */
export function matteOutput({ outputs }: ModelFacts, head: string | number, where: string): Port {
  if (outputs.length === 0) throw misfit("unsupported", where, "an output", "none");
  const output = typeof head === "number" ? outputs[head] : outputs.find(({ name }) => name === head);
  if (output === undefined) {
    if (typeof head === "string")
      throw unknownName(
        `${where}: output`,
        head,
        outputs.map(({ name }) => name),
      );
    throw misfit("invalid-argument", `${where}: output`, `an index below ${outputs.length}`, String(head));
  }
  const { shape } = output;
  // [N, 1, H, W], [N, H, W], [1, H, W] or [H, W]: all axes but the last two hold one matte.
  const isMatte =
    shape === undefined ||
    (shape.length >= 2 && shape.length <= 4 && shape.slice(0, -2).every((dim) => isOpen(dim, 1)));
  if (!isMatte)
    throw misfit(
      "shape-mismatch",
      `${where}: output ${output.name}`,
      "[1, 1, height, width]",
      shownShape(shape),
    );
  return output;
}

/**
 * Check that a model's ports are what its preprocessing says.
 * @param where the model's file or name, for errors
 * @throws MattelierError as {@link pictureInput} and {@link matteOutput}, and `shape-mismatch` for another size
 */
export function checkFit(facts: ModelFacts, preprocessing: Preprocessing, where: string): void {
  const { name, shape } = pictureInput(facts, where);
  matteOutput(facts, preprocessing.output.head, where);
  const [, , height, width] = shape ?? [];
  const port = `${where}: input ${name}`;
  const { input } = preprocessing;
  if (input.kind === "dynamic") {
    for (const dim of [height, width])
      if (typeof dim === "number")
        throw misfit(
          "shape-mismatch",
          port,
          "sides that may be of any size, as the preprocessing is dynamic",
          shownShape(shape),
        );
  } else if (!isOpen(height, input.heightPx) || !isOpen(width, input.widthPx)) {
    const size = `${input.widthPx}x${input.heightPx}`;
    const fix = `give the size that the model has, with --input-size ${String(width)}x${String(height)}`;
    throw misfit("shape-mismatch", port, `sides that take ${size} pixels`, shownShape(shape), fix);
  }
}

/** Whether an axis can have this size: it has, or its size is left open. */
const isOpen = (dim: number | string | undefined, size: number): boolean =>
  typeof dim !== "number" || dim === size;

function misfit(code: ErrorCode, where: string, expected: string, got: string, fix?: string): MattelierError {
  return new MattelierError({ code, where, expected, got, ...(fix && { fix }) });
}
