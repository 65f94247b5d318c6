import type { Sharp } from "sharp";
import type { OutputFormat } from "./formats.js";
import type { Image } from "./picture.js";

/** Time against size. */
export type Effort = "fast" | "balanced" | "small";

export interface WriterOptions {
  readonly format: OutputFormat;
  readonly quality?: number;
  readonly lossless?: boolean;
  readonly effort?: Effort;
  readonly avifBits?: 10 | 12;
}

/** Quality where none is asked for. */
export const DEFAULT_QUALITY = { webp: 85, avif: 65, jpeg: 90 } as const;

/** Sets a pipeline's output format. The numbers behind the choices: `npm run bench -- image-codecs`. */
export function write(pipeline: Sharp, { frames, loop }: Image, options: WriterOptions): Sharp {
  const { format, effort = "balanced", lossless = false } = options;
  const pick = <T>(choices: { readonly [E in Effort]: T }): T => choices[effort];
  const animation =
    frames.length > 1 ? { loop, delay: frames.map((frame) => Math.round(frame.delayMs)) } : {};
  switch (format) {
    case "png":
      // Filtering by libpng costs three times the time of all else for a third off the size.
      return pipeline.png({
        compressionLevel: pick({ fast: 1, balanced: 4, small: 6 }),
        adaptiveFiltering: effort === "small",
      });
    case "webp":
      return pipeline.webp({
        quality: options.quality ?? DEFAULT_QUALITY.webp,
        lossless,
        effort: pick({ fast: 0, balanced: 2, small: 5 }),
        ...animation,
      });
    case "avif": {
      const wide = frames[0]?.picture.data instanceof Uint16Array;
      return pipeline.avif({
        quality: options.quality ?? DEFAULT_QUALITY.avif,
        lossless,
        effort: pick({ fast: 0, balanced: 2, small: 4 }),
        bitdepth: wide ? (options.avifBits ?? 10) : 8,
      });
    }
    case "tiff":
      return pipeline.tiff({
        compression: pick({ fast: "lzw", balanced: "deflate", small: "deflate" }),
        predictor: "horizontal",
      });
    case "jpeg": {
      const quality = options.quality ?? DEFAULT_QUALITY.jpeg;
      return pipeline.jpeg({
        quality,
        chromaSubsampling: quality >= 90 ? "4:4:4" : "4:2:0",
        mozjpeg: effort === "small",
      });
    }
    case "gif":
      return pipeline.gif({ effort: pick({ fast: 1, balanced: 4, small: 10 }), ...animation });
  }
}
