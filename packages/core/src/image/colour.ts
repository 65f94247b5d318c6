import { MattelierError, nearestName } from "../util/index.js";
import { COLOUR_NAMES } from "./colour-names.js";

/** An sRGB colour: red, green, blue 0 to 255, alpha 0 to 1. */
export interface Colour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly alpha: number;
}

export const WHITE: Colour = { r: 255, g: 255, b: 255, alpha: 1 };

/**
 * A colour as CSS writes it: a name ("tomato", "transparent"), "#rgb", "#rgba", "#rrggbb", "#rrggbbaa",
 * "rgb(255 99 71 / 50%)" or with commas, "hsl(9deg 100% 64%)".
 * @throws MattelierError `invalid-argument`
 */
export function parseColour(text: string): Colour {
  const plain = text.trim().toLowerCase();
  const colour = ofHex(plain) ?? ofFunction(plain) ?? ofName(plain);
  if (colour !== undefined) return colour;
  const near = nearestName(plain, COLOUR_NAMES.keys());
  throw new MattelierError({
    code: "invalid-argument",
    where: "colour",
    expected: `a CSS colour such as "#ff6347", "tomato" or "rgb(255 99 71)"`,
    got: JSON.stringify(text),
    ...(near === undefined ? {} : { fix: `did you mean ${JSON.stringify(near)}?` }),
  });
}

function ofName(text: string): Colour | undefined {
  if (text === "transparent") return { r: 0, g: 0, b: 0, alpha: 0 };
  const rgb = COLOUR_NAMES.get(text);
  return rgb === undefined ? undefined : { r: rgb >> 16, g: (rgb >> 8) & 255, b: rgb & 255, alpha: 1 };
}

function ofHex(text: string): Colour | undefined {
  const digits = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const each = digits.length <= 4 ? Array.from(digits, (d) => d + d) : digits.match(/../g)!;
  const [r, g, b, a = 255] = each.map((pair) => Number.parseInt(pair, 16));
  return { r: r!, g: g!, b: b!, alpha: a / 255 };
}

function ofFunction(text: string): Colour | undefined {
  const match = /^(rgb|hsl)a?\(([^()]*)\)$/.exec(text);
  if (match === null) return undefined;
  const parts = match[2]!.split(/[\s,/]+/).filter((part) => part !== "");
  if (parts.length < 3 || parts.length > 4) return undefined;
  const alpha = parts[3] === undefined ? 1 : amount(parts[3], 1);
  if (match[1] === "rgb") {
    const [r, g, b] = parts.slice(0, 3).map((part) => amount(part, 255));
    return validated(r, g, b, alpha);
  }
  const hue = /^([+-]?[\d.]+)(?:deg)?$/.exec(parts[0]!)?.[1];
  const [saturation, lightness] = parts
    .slice(1, 3)
    .map((part) => (part.endsWith("%") ? amount(part, 1) : NaN));
  return validated(...ofHsl(Number(hue), saturation!, lightness!), alpha);
}

/** A number as it stands, or a percentage of `whole`. */
function amount(text: string, whole: number): number {
  return text.endsWith("%") ? (number(text.slice(0, -1)) / 100) * whole : number(text);
}

function number(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
}

/** CSS clamps what is out of range and rounds channels. */
function validated(r?: number, g?: number, b?: number, alpha?: number): Colour | undefined {
  if (![r, g, b, alpha].every(Number.isFinite)) return undefined;
  const channel = (value: number) => Math.round(Math.min(255, Math.max(0, value)));
  return { r: channel(r!), g: channel(g!), b: channel(b!), alpha: Math.min(1, Math.max(0, alpha!)) };
}

/** CSS Color 4, section 7.1: hue in degrees, the others 0 to 1. */
function ofHsl(hue: number, saturation: number, lightness: number): [r: number, g: number, b: number] {
  const a = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (((n + hue / 30) % 12) + 12) % 12;
    return 255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}
