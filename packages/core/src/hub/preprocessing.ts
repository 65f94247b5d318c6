import * as z from "zod";
import { checkedPart, propertyFromMetadata } from "./metadata-json.js";

/** Metadata property of an .onnx that holds a {@link Preprocessing} as JSON. */
export const PREPROCESSING_KEY = "mattelier.preprocessing";

export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Input size: one size, or any whose sides are multiples of `multipleOf`. */
export type InputSize =
  | ({ readonly kind: "fixed" } & SizePx)
  | {
      readonly kind: "dynamic";
      readonly multipleOf: number;
      /** Size to run at unless another one is asked for. */
      readonly defaultSize: SizePx;
    };

/**
 * How samples are weighed when the picture is brought to the input size.
 * `nearest` one, `bilinear` 2x2, `bicubic` 4x4 (a = -0.5), `lanczos3` 6x6, `area` the mean of what a pixel covers.
 */
export type Kernel = "nearest" | "bilinear" | "bicubic" | "lanczos3" | "area";

interface ResizeCommon {
  readonly kernel: Kernel;
  /** Whether the kernel widens when it shrinks the picture, as Pillow's and libvips's do; false: as OpenCV's and PyTorch's. */
  readonly antialias: boolean;
  /**
   * Which point of the source a pixel of the input takes, in the words of ONNX's Resize:
   * `half-pixel` (x + 0.5) · s - 0.5, `asymmetric` x · s, `align-corners` x · (in - 1) / (out - 1).
   */
  readonly coordinates: "half-pixel" | "asymmetric" | "align-corners";
}

/**
 * How the picture meets the input size:
 * - `stretch`: both sides to the input size, aspect not kept;
 * - `letterbox`: aspect kept, fitted inside; what is left is filled with `fillRgbU8`;
 * - `short-side`: aspect kept, the short side to the short side of the default size, the long side follows, both
 *   rounded to the nearest multiple of `multipleOf` (at least one). Dynamic inputs only.
 */
export type ResizeRule =
  | ({ readonly rule: "stretch" } & ResizeCommon)
  | ({
      readonly rule: "letterbox";
      readonly fillRgbU8: readonly [number, number, number];
      readonly place: "centre" | "top-left";
    } & ResizeCommon)
  | ({ readonly rule: "short-side" } & ResizeCommon);

/** Three numbers, one a channel, in the order of `channelOrder`. */
export type PerChannel = readonly [number, number, number];

/** What comes out of the network, and how it becomes a matte in [0, 1]: activation, then min-max, then a clamp. */
export interface OutputRule {
  /** Name of the graph's output, or its index. Read as [1, 1, H, W] (leading or channel axis of 1 may be missing). */
  readonly head: string | number;
  /** What the network gives: a matte (0 to 1 already) or logits. */
  readonly kind: "matte" | "logits";
  readonly activation: "none" | "sigmoid";
  /** Whether (x - min) / (max - min) over the picture follows the activation. */
  readonly minMax: boolean;
}

/**
 * How a picture becomes a network's input, and its output a matte. Kept in the .onnx itself, so that running a
 * model needs neither the code that trained it nor a guess.
 *
 * Per sample, from 8-bit sRGB without alpha: `x[c] = (pixelU8[c] / scale - mean[c]) / std[c]`.
 */
export interface Preprocessing {
  readonly version: 1;
  readonly input: InputSize;
  readonly resize: ResizeRule;
  readonly layout: "nchw";
  readonly channelOrder: "rgb" | "bgr";
  /** What 8-bit pixel values are divided by first: 255 for networks that see [0, 1], 1 for those that see bytes. */
  readonly scale: number;
  /** Subtracted after the division, in its units. */
  readonly mean: PerChannel;
  /** Divided by after the subtraction. */
  readonly std: PerChannel;
  readonly output: OutputRule;
}

const side = z.int().min(1).max(16384);
const positive = z.number().positive();
const byte = z.int().min(0).max(255);
const size = { widthPx: side, heightPx: side };
const resize = {
  kernel: z.enum(["nearest", "bilinear", "bicubic", "lanczos3", "area"]),
  antialias: z.boolean(),
  coordinates: z.enum(["half-pixel", "asymmetric", "align-corners"]),
};

/** Schema of {@link Preprocessing}. Strict: a key it does not know may change what the network sees. */
export const preprocessingSchema: z.ZodType<Preprocessing> = z
  .strictObject({
    version: z.literal(1),
    input: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("fixed"), ...size }),
      z.strictObject({ kind: z.literal("dynamic"), multipleOf: side, defaultSize: z.strictObject(size) }),
    ]),
    resize: z.discriminatedUnion("rule", [
      z.strictObject({ rule: z.literal("stretch"), ...resize }),
      z.strictObject({
        rule: z.literal("letterbox"),
        fillRgbU8: z.tuple([byte, byte, byte]),
        place: z.enum(["centre", "top-left"]),
        ...resize,
      }),
      z.strictObject({ rule: z.literal("short-side"), ...resize }),
    ]),
    layout: z.literal("nchw"),
    channelOrder: z.enum(["rgb", "bgr"]),
    scale: positive,
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([positive, positive, positive]),
    output: z.strictObject({
      head: z.union([z.string().min(1), z.int().min(0)]),
      kind: z.enum(["matte", "logits"]),
      activation: z.enum(["none", "sigmoid"]),
      minMax: z.boolean(),
    }),
  })
  .superRefine(({ input, resize, output }, context) => {
    const refuse = (path: string[], message: string, value: unknown): void => {
      context.addIssue({ code: "custom", path, message, input: value });
    };
    if (resize.rule === "short-side" && input.kind === "fixed")
      refuse(["resize", "rule"], '"stretch" or "letterbox" for an input of fixed size', resize.rule);
    if (input.kind === "dynamic")
      for (const key of ["widthPx", "heightPx"] as const)
        if (input.defaultSize[key] % input.multipleOf !== 0)
          refuse(["input", "defaultSize", key], `a multiple of ${input.multipleOf}`, input.defaultSize[key]);
    if (output.kind === "matte" && output.activation === "sigmoid")
      refuse(["output", "activation"], '"none" for an output that is a matte already', output.activation);
    if (output.kind === "logits" && output.activation === "none" && !output.minMax)
      refuse(["output", "activation"], '"sigmoid" (or minMax) to make a matte of logits', output.activation);
  });

/**
 * Check a value, such as parsed JSON.
 * @param where what it came with: a file or a model's name
 * @throws MattelierError `invalid-model` naming the key
 */
export function parsePreprocessing(value: unknown, where: string): Preprocessing {
  return checkedPart(preprocessingSchema, value, { where: `${where}: preprocessing` });
}

/**
 * Read the preprocessing out of a model's metadata properties.
 * @param where the model's file or name, for errors
 * @returns undefined when the model carries none
 * @throws MattelierError `invalid-model` naming the key that does not fit
 */
export function preprocessingFromMetadata(
  metadata: Readonly<Record<string, string>>,
  where: string,
): Preprocessing | undefined {
  return propertyFromMetadata(metadata, PREPROCESSING_KEY, { schema: preprocessingSchema, where });
}

/** The metadata property that carries a preprocessing: spread it into a graph's `metadata`. */
export function preprocessingToMetadata(preprocessing: Preprocessing): Record<string, string> {
  return { [PREPROCESSING_KEY]: JSON.stringify(preprocessing) };
}

/** The size a network runs at when nothing else is asked for. */
export function defaultInputSize({ input }: Preprocessing): SizePx {
  const { widthPx, heightPx } = input.kind === "fixed" ? input : input.defaultSize;
  return { widthPx, heightPx };
}
