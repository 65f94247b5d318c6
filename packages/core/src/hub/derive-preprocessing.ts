import { MattelierError } from "../util/errors.js";
import { matteOutput, pictureInput } from "./fit.js";
import type { ModelFacts } from "./model-facts.js";
import {
  defaultInputSize,
  parsePreprocessing,
  type InputSize,
  type Kernel,
  type PerChannel,
  type Preprocessing,
  type ResizeRule,
  type SizePx,
} from "./preprocessing.js";

/** What the user says of a model: the flags of `models add`. */
export interface PreprocessingFlags {
  readonly inputSize?: SizePx | undefined;
  /** Makes the input dynamic: sides are multiples of this. */
  readonly multipleOf?: number | undefined;
  readonly resize?: ResizeRule["rule"] | undefined;
  readonly kernel?: Kernel | undefined;
  readonly antialias?: boolean | undefined;
  readonly coordinates?: ResizeRule["coordinates"] | undefined;
  readonly channelOrder?: "rgb" | "bgr" | undefined;
  readonly scale?: number | undefined;
  readonly mean?: PerChannel | undefined;
  readonly std?: PerChannel | undefined;
  readonly head?: string | number | undefined;
  readonly activation?: "none" | "sigmoid" | undefined;
  readonly minMax?: boolean | undefined;
}

/** Where a part of a preprocessing was taken from. */
export type Provenance = "given" | "metadata" | "graph" | "default";

export type PreprocessingPart =
  "input" | "resize" | "channelOrder" | "scale" | "mean" | "std" | "head" | "activation" | "minMax";

export interface DerivedPreprocessing {
  readonly preprocessing: Preprocessing;
  readonly from: Readonly<Record<PreprocessingPart, Provenance>>;
}

export interface DeriveOptions {
  /** A whole preprocessing: the file's own, or one that the user gives in its place. */
  readonly stated: Preprocessing | undefined;
  readonly statedBy?: "metadata" | "given";
  /** Single parts; they come before the whole. */
  readonly flags: PreprocessingFlags;
  /** The model's file or name, for errors. */
  readonly where: string;
}

/** How to give what a model's file does not say. */
export const HOW_TO_GIVE =
  "mattelier models add FILE --input-size 320x320 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --name NAME";

/**
 * Put a model's preprocessing together: what the user gives, else what the file's metadata says, else what the graph
 * shows (its input's size; a sigmoid at its end), else a default where one is usual. Mean and standard deviation have
 * no usual value, and a wrong one fails silently: they are asked for.
 *
 * @throws MattelierError `invalid-model` for what nothing says, naming the flag, and for parts that do not fit
 */
export function derivePreprocessing(
  facts: ModelFacts,
  { stated, flags, where, statedBy = "metadata" }: DeriveOptions,
): DerivedPreprocessing {
  const from: Partial<Record<PreprocessingPart, Provenance>> = {};
  const pick = <T>(
    part: PreprocessingPart,
    given: T | undefined,
    read: T | undefined,
    otherwise: () => { value: T; from: Provenance },
  ): T => {
    const picked =
      given !== undefined
        ? { value: given, from: "given" as const }
        : read !== undefined
          ? { value: read, from: statedBy }
          : otherwise();
    from[part] = picked.from;
    return picked.value;
  };
  const usual =
    <T>(value: T) =>
    (): { value: T; from: Provenance } => ({ value, from: "default" });
  const ask = (what: string, flag: string) => (): never => {
    throw new MattelierError({
      code: "invalid-model",
      where,
      expected: `${what}, in its metadata or given`,
      got: "neither",
      fix: `give ${flag}, as in ${HOW_TO_GIVE}`,
    });
  };

  const head = pick<string | number>("head", flags.head, stated?.output.head, usual(0));
  const output = matteOutput(facts, head, where);
  const activation = pick("activation", flags.activation, stated?.output.activation, () => {
    const maker = facts.madeBy[facts.outputs.indexOf(output)];
    if (maker === "Sigmoid") return { value: "none", from: "graph" };
    const made = maker === undefined ? "" : `, made by ${maker},`;
    return ask(`whether its output ${output.name}${made} needs a sigmoid`, "--activation sigmoid or none")();
  });
  const minMax = pick("minMax", flags.minMax, stated?.output.minMax, usual(false));
  const keepsLogits = activation === "sigmoid" || (minMax && stated?.output.kind === "logits");
  const preprocessing = {
    version: 1,
    input: pick("input", givenInput(flags, stated), stated?.input, () => {
      const size = sizeOfInput(facts, where);
      return size === undefined
        ? ask("the size of its input", "--input-size WIDTHxHEIGHT")()
        : { value: size, from: "graph" };
    }),
    resize: pick("resize", givenResize(flags, stated), stated?.resize, usual({ rule: "stretch", ...RESIZE })),
    layout: "nchw",
    channelOrder: pick("channelOrder", flags.channelOrder, stated?.channelOrder, usual("rgb")),
    scale: pick("scale", flags.scale, stated?.scale, usual(255)),
    mean: pick("mean", flags.mean, stated?.mean, ask("the mean of its input", "--mean R,G,B")),
    std: pick("std", flags.std, stated?.std, ask("the standard deviation of its input", "--std R,G,B")),
    output: { head, kind: keepsLogits ? "logits" : "matte", activation, minMax },
  };
  return {
    preprocessing: parsePreprocessing(preprocessing, where),
    from: from as Record<PreprocessingPart, Provenance>,
  };
}

/** What most training code does: bilinear, and without the aliasing that comes of leaving samples out. */
const RESIZE = { kernel: "bilinear", antialias: true, coordinates: "half-pixel" } as const;

function givenInput(flags: PreprocessingFlags, stated: Preprocessing | undefined): InputSize | undefined {
  const { inputSize, multipleOf } = flags;
  const size = inputSize ?? (stated && defaultInputSize(stated));
  if ((inputSize === undefined && multipleOf === undefined) || size === undefined) return undefined;
  const wasDynamic = stated?.input.kind === "dynamic" ? stated.input.multipleOf : undefined;
  const step = multipleOf ?? wasDynamic;
  return step === undefined
    ? { kind: "fixed", ...size }
    : { kind: "dynamic", multipleOf: step, defaultSize: size };
}

/** The input size that the graph fixes; undefined when it leaves it open. */
function sizeOfInput(facts: ModelFacts, where: string): InputSize | undefined {
  const [, , heightPx, widthPx] = pictureInput(facts, where).shape ?? [];
  if (typeof widthPx !== "number" || typeof heightPx !== "number") return undefined;
  return { kind: "fixed", widthPx, heightPx };
}

function givenResize(flags: PreprocessingFlags, stated: Preprocessing | undefined): ResizeRule | undefined {
  const { resize: rule, kernel, antialias, coordinates } = flags;
  if ([rule, kernel, antialias, coordinates].every((flag) => flag === undefined)) return undefined;
  const before: ResizeRule = stated?.resize ?? { rule: "stretch", ...RESIZE };
  const common = {
    kernel: kernel ?? before.kernel,
    antialias: antialias ?? before.antialias,
    coordinates: coordinates ?? before.coordinates,
  };
  switch (rule ?? before.rule) {
    case "letterbox":
      return before.rule === "letterbox"
        ? { ...before, ...common }
        : { rule: "letterbox", fillRgbU8: [0, 0, 0], place: "centre", ...common };
    case "short-side":
      return { rule: "short-side", ...common };
    case "stretch":
      return { rule: "stretch", ...common };
  }
}
