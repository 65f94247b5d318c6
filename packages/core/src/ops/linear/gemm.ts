import { printShape, type OpRule, type Shape } from "../../graph/index.js";
import { broadcastShapes, commonDtype, mayEqual, requireRank, shapeMismatch } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";
import { matMulMacs, transposedShape } from "../mat-mul-shape.js";

/**
 * `Y = α A′ B′ + β C`     A′ [M, K] is A or Aᵗ, B′ [K, N] is B or Bᵗ; C broadcasts to [M, N], may be left out
 * `∂L/∂A′ = α G B′ᵗ`, `∂L/∂B′ = α A′ᵗ G`, `∂L/∂C = β G`, summed over what was broadcast
 */
export const gemm: OpRule<"Gemm"> = {
  infer({ inputs, attrs }) {
    const [a, c, bias] = inputs;
    requireRank("Gemm", a!, 2, attrs.transA === 1 ? "[K,M]" : "[M,K]");
    requireRank("Gemm", c!, 2, attrs.transB === 1 ? "[N,K]" : "[K,N]");
    const left = oriented(a!.shape, attrs.transA);
    const right = oriented(c!.shape, attrs.transB);
    if (!mayEqual(left[1]!, right[0]!))
      throw shapeMismatch(
        `Gemm(transA=${attrs.transA ?? 0}, transB=${attrs.transB ?? 0})`,
        "as many columns on the left as rows on the right",
        `${printShape(left)} and ${printShape(right)}`,
        "transpose one of them, or change the layer's number of input features",
      );
    const shape = [left[0]!, right[1]!];
    if (bias !== undefined && broadcastShapes("Gemm", [shape, bias.shape]).length > 2)
      throw shapeMismatch(
        "Gemm",
        `a bias that broadcasts to ${printShape(shape)}`,
        printShape(bias.shape),
        "give it one number for each output",
      );
    return {
      dtype: commonDtype(
        "Gemm",
        inputs.filter((input) => input !== undefined),
      ),
      shape,
    };
  },
  macs: ({ inputs: [a], outputs: [y], attrs }) => matMulMacs(y!.shape, oriented(a!.shape, attrs.transA)[1]!),
  vjp({ b, g, inputs: [a, c, bias], attrs, wanted }) {
    const { alpha = 1, beta = 1, transA = 0, transB = 0 } = attrs;
    const byA = () =>
      transA === 0
        ? b.op("Gemm", [g, c], { alpha, transB: 1 - transB })
        : b.op("Gemm", [c, g], { alpha, transA: transB, transB: 1 });
    const byB = () =>
      transB === 0
        ? b.op("Gemm", [a, g], { alpha, transA: 1 - transA })
        : b.op("Gemm", [g, a], { alpha, transA: 1, transB: transA });
    const byBias = () => {
      const sum = sumTo(b, g, bias!.shape);
      return beta === 1 ? sum : b.mul(sum, beta);
    };
    return [wanted[0] ? byA() : undefined, wanted[1] ? byB() : undefined, wanted[2] ? byBias() : undefined];
  },
};

const oriented = (shape: Shape, transposed: number | undefined): Shape =>
  transposed === 1 ? transposedShape(shape) : shape;
