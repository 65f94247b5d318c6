import type { Colour, DecodedImage } from "../image/index.js";

/** What stands behind the subject instead of what was there. */
export type Background =
  /** `"white"`, `"#rrggbb"`, `rgb(…)`, or numbers. */
  | { readonly kind: "colour"; readonly colour: Colour | string }
  /** A picture, scaled to cover and cropped at its centre. */
  | { readonly kind: "image"; readonly image: DecodedImage }
  /** The picture's own background, blurred; by default by a hundredth of the longer side. */
  | { readonly kind: "blur"; readonly radiusPx?: number | undefined };

/** How a cut-out is made from a picture and its matte. */
export interface ComposeOptions {
  /** `cutout` (default): the subject with alpha. `mask`: the matte alone, in grey. */
  readonly output?: "cutout" | "mask";
  readonly background?: Background | undefined;
  /** Keep what is behind the subject instead. */
  readonly invert?: boolean;
  /** Cut to the subject's bounding box with a margin, in pixels or per cent of the box's longer side. */
  readonly crop?: { readonly px: number } | { readonly percent: number } | undefined;
  /** Alpha becomes 0 below it and 1 from it on, in [0, 1]. Before feathering. */
  readonly threshold?: number | undefined;
  /** Soften the edge by a blur of this radius. */
  readonly featherPx?: number | undefined;
  /** Estimate the subject's own colours along the edge, against halos (default). false: leave the picture's. */
  readonly foreground?: boolean;
}
