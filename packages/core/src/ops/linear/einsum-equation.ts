import type { Dim, Shape } from "../../graph/index.js";
import { printShape } from "../../graph/index.js";
import { mayEqual, shapeMismatch } from "../shape-rules.js";

/** An Einstein summation with every axis named by one letter: an ellipsis becomes letters of its own. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
  readonly sizes: ReadonlyMap<string, Dim>;
}

const LETTERS = Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

/**
 * Read an equation such as `...ij,jk->...ik` for operands of these shapes. Without an arrow the result has the
 * letters that occur once, in alphabetical order, behind those of the ellipsis.
 * @throws MattelierError `shape-mismatch` when it does not fit the operands.
 */
export function readEquation(text: string, shapes: readonly Shape[]): Equation {
  const where = `Einsum(${text})`;
  const compact = text.replace(/\s/g, "");
  const [left = "", right] = compact.split("->");
  const terms = left.split(",");
  if (terms.length !== shapes.length)
    throw shapeMismatch(
      where,
      `${terms.length} operands`,
      String(shapes.length),
      "the equation has one term for each operand, parted by commas",
    );

  const hidden = terms.map((term, i) => shapes[i]!.length - term.replace("...", "").length);
  const most = Math.max(0, ...hidden.filter((_, i) => terms[i]!.includes("...")));
  const spare = LETTERS.filter((letter) => !compact.includes(letter)).slice(0, most);
  const spell = (term: string, count: number): string[] =>
    Array.from(term.replace("...", spare.slice(spare.length - count).join("")));

  const operands = terms.map((term, i) => {
    const fits = term.includes("...") ? hidden[i]! >= 0 : hidden[i] === 0;
    if (!fits)
      throw shapeMismatch(
        where,
        `an operand ${i} with the axes ${term}`,
        printShape(shapes[i]!),
        "name each of its axes by one letter, or put ... for the rest",
      );
    return spell(term, hidden[i]!);
  });
  const result = right === undefined ? [...spare, ...implied(operands, spare)] : spell(right, most);
  return { operands, result, sizes: sizesOf(where, operands, shapes, spare) };
}

function implied(operands: Equation["operands"], spare: readonly string[]): readonly string[] {
  const all = operands.flat();
  return all
    .filter((letter) => !spare.includes(letter) && all.indexOf(letter) === all.lastIndexOf(letter))
    .sort();
}

/** Sizes by letter. Those of an ellipsis broadcast, so a 1 gives way. */
function sizesOf(
  where: string,
  operands: Equation["operands"],
  shapes: readonly Shape[],
  spare: readonly string[],
): Map<string, Dim> {
  const sizes = new Map<string, Dim>();
  operands.forEach((letters, i) => {
    letters.forEach((letter, axis) => {
      const size = shapes[i]![axis]!;
      const known = sizes.get(letter);
      if (known === undefined || (known === 1 && spare.includes(letter))) sizes.set(letter, size);
      else if (!mayEqual(known, size) && !(size === 1 && spare.includes(letter)))
        throw shapeMismatch(
          where,
          `one size for ${letter}`,
          `${known} and ${size}`,
          "axes of one letter must be of one size: take another letter, or resize",
        );
    });
  });
  return sizes;
}
