import type { Builder, OpRule, Value } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { fixedShape, zeros } from "../contents.js";
import { typeOf } from "../shape-rules.js";
import { windowOf, windowOutputs } from "../window.js";

/**
 * `y[n,c,p] = max_k x[n, c, p·stride + k·dilation − pad]`, and the place of each maximum in the flattened x
 *                                     x: [N, C, …], y and places: [N, C, …]; padding counts as −∞
 * `∂L/∂x` = g put where each maximum was; of equal ones the first in the window takes it, as in PyTorch
 */
export const maxPool: OpRule<"MaxPool"> = {
  infer({ inputs: [x], attrs, outputCount }) {
    const outputs = windowOutputs("MaxPool", x!.shape.slice(2), attrs.kernel_shape ?? [], attrs);
    const shape = [...x!.shape.slice(0, 2), ...outputs];
    const y = typeOf({ dtype: x!.dtype, shape });
    return outputCount < 2 ? y : [y, { dtype: "int64", shape }];
  },
  vjp({ b, g, inputs: [x], outputs: [, places], attrs }) {
    const given = attrs.storage_order === 1 ? undefined : places;
    const at = given ?? b.emit("MaxPool", [x], { ...attrs, storage_order: 0 }, 2)[1]!;
    const shape = fixedShape("MaxPool", x!.shape);
    return [
      g.dtype === "float32" && windowsAreDisjoint(shape, attrs)
        ? unpool(b, g, at, shape)
        : scatterAdd(b, g, at, shape),
    ];
  },
};

function windowsAreDisjoint(shape: readonly number[], attrs: OpAttributes<"MaxPool">): boolean {
  const { kernel, strides, dilations } = windowOf("MaxPool", shape.slice(2), attrs.kernel_shape ?? [], attrs);
  return kernel.every((k, i) => dilations[i]! * (k - 1) + 1 <= strides[i]!);
}

/** MaxUnpool writes without adding, so no place may occur twice; windows of 1 let it take any output shape. */
function unpool(b: Builder, g: Value, at: Value, shape: readonly number[]): Value {
  const ones = shape.slice(2).map(() => 1);
  return b.op("MaxUnpool", [g, at, b.ints(shape)], { kernel_shape: ones, strides: ones });
}

function scatterAdd(b: Builder, g: Value, at: Value, shape: readonly number[]): Value {
  const size = shape.reduce((n, dim) => n * dim, 1);
  const sums = b.op("ScatterElements", [zeros(b, g.dtype, [size]), b.reshape(at, [-1]), b.reshape(g, [-1])], {
    axis: 0,
    reduction: "add",
  });
  return b.reshape(sums, shape);
}
