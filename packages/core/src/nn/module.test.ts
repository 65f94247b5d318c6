import { describe, expect, it } from "vitest";
import { printGraph, Tensor } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { createRng, MattelierError, tensorFrom } from "../util/index.js";
import {
  attach,
  batchNorm,
  cat,
  compareState,
  conv,
  describeReport,
  initialState,
  linear,
  loadState,
  maxPool2,
  membersOf,
  Module,
  Parameter,
  parameterCount,
  relu,
  sequential,
  StateBuffer,
  trace,
  upTo,
  init,
  type Layer,
} from "./index.js";

const doubleConv = (inputs: number, outputs: number): Layer =>
  sequential(conv(inputs, outputs, { bias: false }), batchNorm(outputs), relu);

class TinyUNet extends Module<[Tensor], { coarse: Tensor; fine: Tensor }> {
  readonly enc: Layer = doubleConv(3, 4);
  readonly mid: readonly Layer[] = [doubleConv(4, 8), doubleConv(8, 8)];
  readonly dec: Layer = doubleConv(8 + 4, 4);
  readonly heads = { coarse: conv(8, 1, { kernel: 1 }), fine: conv(4, 1, { kernel: 1 }) };

  forward(x: Tensor): { coarse: Tensor; fine: Tensor } {
    const x1 = this.enc(x);
    const x2 = this.mid.reduce((y, layer) => layer(y), maxPool2(x1));
    const y1 = this.dec(cat(upTo(x2, x1), x1));
    return { coarse: this.heads.coarse(x2), fine: this.heads.fine(y1) };
  }
}

/** Parameters declared after a child come first all the same, as in PyTorch. */
class Scaled extends Module {
  readonly inner = linear(2, 2);
  readonly table = new StateBuffer("fixed", tensorFrom("float32", [2], [3, 4]));
  readonly gain = new Parameter([2], init.ones);

  forward(x: Tensor): Tensor {
    return this.inner(x).mul(this.gain).add(this.table);
  }
}

const eight = { image: { shape: [1, 3, 8, 8] } };

function errorOf(run: () => unknown): MattelierError {
  try {
    run();
  } catch (error) {
    if (error instanceof MattelierError) return error;
    throw error;
  }
  throw new Error("expected an error");
}

describe("a module", () => {
  it("names its state by the path of fields, through arrays and records", () => {
    const paths = [...initialState(new TinyUNet(), createRng(1)).keys()];
    expect(paths.slice(0, 7)).toEqual([
      "enc.0.weight",
      ...["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map((n) => `enc.1.${n}`),
      "mid.0.0.weight",
    ]);
    expect(paths.slice(-4)).toEqual([
      "heads.coarse.weight",
      "heads.coarse.bias",
      "heads.fine.weight",
      "heads.fine.bias",
    ]);
    expect(parameterCount(new TinyUNet())).toBe(108 + 8 + 288 + 16 + 576 + 16 + 432 + 8 + 9 + 5);
  });

  it("orders parameters, buffers, submodules as PyTorch does", () => {
    const { state } = membersOf(new Scaled());
    expect(state.map(({ path }) => path)).toEqual(["gain", "table", "inner.weight", "inner.bias"]);
  });

  it("is callable, an instance of its class, and may have fields of any name", () => {
    class Odd extends Module {
      override readonly name = "n";
      override readonly length = 3;
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const odd = new Odd();
    expect(odd).toBeInstanceOf(Odd);
    expect(odd).toBeInstanceOf(Module);
    expect([odd.name, odd.length]).toEqual(["n", 3]);
    expect(trace(odd, { x: { shape: [2] } }, { mode: "eval" }).outputs[0]!.shape).toEqual([2]);
  });

  it("refuses one object at two paths", () => {
    class Shared extends Module {
      readonly a: Layer = conv(1, 1);
      readonly b: Layer = this.a;
      forward(x: Tensor): Tensor {
        return this.b(this.a(x));
      }
    }
    expect(errorOf(() => initialState(new Shared(), createRng(1))).message).toContain(
      "the one that is at a too",
    );
  });
});

describe("trace", () => {
  it("names outputs by head, nodes by module, parameters by state-dict key", () => {
    const graph = trace(new TinyUNet(), eight, { mode: "eval" });
    expect(graph.outputs.map(({ name }) => name)).toEqual(["coarse", "fine"]);
    expect(graph.inputs.map(({ name }) => name).slice(0, 3)).toEqual([
      "image",
      "enc.0.weight",
      "enc.1.weight",
    ]);
    expect(graph.nodes.find(({ op }) => op === "Conv")!.path).toBe("enc.0");
    expect(graph.nodes.map(({ path }) => path)).toContain("mid.1.2");
    expect(printGraph(graph)).toContain("enc.1.running_mean");
  });

  it("holds fixed buffers as constants and the state as told", () => {
    const inputs = { x: { shape: ["N", 2] } };
    const free = trace(new Scaled(), inputs, { mode: "train" });
    expect(free.initialisers.map(({ name }) => name)).toEqual(["table"]);
    const state = initialState(new Scaled(), createRng(1));
    const closed = trace(new Scaled(), inputs, { mode: "eval", weights: "constants", state });
    expect(closed.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(closed.outputs[0]!.shape).toEqual(["N", 2]);
  });

  it("follows sizes that are symbolic", () => {
    const graph = trace(new TinyUNet(), { image: { shape: ["N", 3, "H", "W"] } }, { mode: "eval" });
    expect(graph.outputs[1]!.shape).toEqual(["N", 1, "H", "W"]);
  });

  it("freezes normalisation by path", () => {
    const frozen = (path: string): boolean => path.startsWith("enc");
    const b = createBuilder();
    const model = new TinyUNet();
    const attached = attach(b, model, { mode: "train", frozen });
    model(new Tensor(b, b.input("x", "float32", [2, 3, 8, 8])));
    expect([...attached.buffers.keys()]).toEqual(["enc.1.running_mean", "enc.1.running_var"]);
    expect(attached.counters).toEqual(["mid.0.1", "mid.1.1", "dec.1"].map((p) => `${p}.num_batches_tracked`));
    expect(attached.averages).toHaveLength(6);
  });

  it("keeps several models apart by prefix", () => {
    const b = createBuilder();
    const [student, teacher] = [new TinyUNet(), new TinyUNet()];
    attach(b, student, { mode: "train" });
    const second = attach(b, teacher, { mode: "eval", prefix: "teacher." });
    const x = new Tensor(b, b.input("x", "float32", [2, 3, 8, 8]));
    student(x);
    teacher(x);
    expect(second.parameters.get("enc.0.weight")!.name).toBe("teacher.enc.0.weight");
    expect(b.nodes.map(({ path }) => path)).toContain("teacher.enc.0");
  });

  it("gives double-precision weights where asked for", () => {
    const graph = trace(new Scaled(), { x: { shape: [1, 2] } }, { mode: "eval", dtype: "float64" });
    expect(graph.outputs[0]!.dtype).toBe("float64");
  });
});

describe("mistakes name the place", () => {
  it("a wrong number of channels", () => {
    const error = errorOf(() => trace(new TinyUNet(), { x: { shape: [1, 4, 8, 8] } }, { mode: "eval" }));
    expect([error.code, error.where]).toEqual(["shape-mismatch", "enc.0: Conv"]);
  });

  it("a module made in forward", () => {
    class Late extends Module {
      readonly first = conv(1, 1);
      forward(x: Tensor): Tensor {
        return this.first(conv(1, 1)(x));
      }
    }
    const error = errorOf(() => trace(new Late(), { x: { shape: [1, 1, 4, 4] } }, { mode: "eval" }));
    expect(error.message).toContain(
      "expected modules and parameters that are fields of the model; got a Conv",
    );
  });

  it("a model called before it is attached", () => {
    const b = createBuilder();
    const x = new Tensor(b, b.input("x", "float32", [1, 3, 8, 8]));
    expect(errorOf(() => conv(3, 4)(x)).fix).toContain("attach(b, model");
  });

  it("a model attached twice", () => {
    const b = createBuilder();
    const model = new Scaled();
    attach(b, model, { mode: "train" });
    const error = errorOf(() => attach(b, model, { mode: "eval", prefix: "teacher." }));
    expect(error.fix).toContain("second instance");
  });

  it("constants without contents", () => {
    const error = errorOf(() =>
      trace(new Scaled(), { x: { shape: [1, 2] } }, { mode: "eval", weights: "constants" }),
    );
    expect([error.where, error.got]).toEqual(["inner.weight", "no state dict"]);
  });
});

describe("loading a state", () => {
  const model = new Scaled();
  const state = initialState(model, createRng(1));

  it("lists what is missing, unexpected and misshapen", () => {
    const from = new Map(state);
    from.delete("gain");
    from.set("inner.bias", tensorFrom("float32", [3], [1, 2, 3]));
    from.set("extra", tensorFrom("float32", [], [1]));
    expect(describeReport(compareState(model, from))).toBe(
      "1 missing (gain); 1 unexpected (extra); 1 misshapen (inner.bias [3] for [2])",
    );
    expect(errorOf(() => loadState(model, { state, from })).got).toContain("1 missing (gain)");
    const { state: loaded, report } = loadState(model, { state, from }, { partial: true });
    expect(report.missing).toEqual(["gain"]);
    expect(loaded.get("inner.bias")).toBe(state.get("inner.bias"));
    expect(loaded.get("inner.weight")).toBe(from.get("inner.weight"));
  });

  it("converts element types", () => {
    const from = new Map(state).set("gain", tensorFrom("float16", [2], [0.5, 2]));
    const { state: loaded } = loadState(model, { state, from });
    expect(loaded.get("gain")).toEqual(tensorFrom("float32", [2], [0.5, 2]));
  });
});

it("begins from a seed per path: the order of fields plays no part", () => {
  class Swapped extends Module {
    readonly gain = new Parameter([2], init.ones);
    readonly extra = linear(5, 5);
    readonly inner = linear(2, 2);
    forward(x: Tensor): Tensor {
      return this.inner(x);
    }
  }
  const [a, b] = [initialState(new Scaled(), createRng(7)), initialState(new Swapped(), createRng(7))];
  expect(a.get("inner.weight")).toEqual(b.get("inner.weight"));
  expect(a.get("inner.weight")).not.toEqual(initialState(new Scaled(), createRng(8)).get("inner.weight"));
});
