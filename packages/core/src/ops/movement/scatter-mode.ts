import { MattelierError } from "../../util/index.js";

/** The reductions that have a gradient here. @throws MattelierError `not-differentiable` */
export function scatterMode(where: string, reduction: string | undefined): "none" | "add" {
  if (reduction === undefined || reduction === "none") return "none";
  if (reduction === "add") return "add";
  throw new MattelierError({
    code: "not-differentiable",
    where,
    expected: "reduction none or add",
    got: reduction,
  });
}
