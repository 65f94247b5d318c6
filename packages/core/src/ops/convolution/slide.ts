import { internalError } from "../../util/index.js";

/** How a convolution slides, all in numbers; pads as ONNX writes them: all before, then all after. */
export interface Slide {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly group: number;
}

/** The slide among a gradient pseudo-operator's attributes, which always carry all of it. */
export function slideOf(attrs: Partial<Slide>): Slide {
  const { strides, pads, dilations, group } = attrs;
  if (strides === undefined || pads === undefined || dilations === undefined || group === undefined)
    throw internalError("convolution gradient", "strides, pads, dilations and group", JSON.stringify(attrs));
  return { strides, pads, dilations, group };
}
