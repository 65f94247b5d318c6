import { describe, expect, it } from "vitest";
import { decodeModel, encodeModel } from "../onnx/model.js";
import { ATTRIBUTE_TYPES, type GraphProto, type ModelProto } from "../onnx/schema.js";
import { tensorFrom } from "../util/tensor-data.js";
import { Builder } from "./builder.js";
import { fromOnnx } from "./from-onnx.js";
import { usesOf, type Graph } from "./graph.js";
import { floats, info, model, node, withBranches, withEverything } from "./onnx-models.test-support.js";
import { printGraph } from "./print.js";
import type { RuleTable } from "./builder.js";
import { toOnnx } from "./to-onnx.js";
import { Value } from "./value.js";
import { verify } from "./verify.js";

const noRules = {} as RuleTable;
const failure = (code: string, facts: object): Error => expect.objectContaining({ code, ...facts }) as Error;

describe("round trips", () => {
  it.each([
    ["every corner of the format", withEverything()],
    ["branches", withBranches()],
  ])("%s", (_, original) => {
    const graph = fromOnnx(original);
    verify(graph);
    const back = toOnnx(graph);
    expect(back).toEqual(original);
    expect(Buffer.compare(encodeModel(back), encodeModel(original))).toBe(0);
    expect(toOnnx(fromOnnx(back))).toEqual(original);
  });

  it("keep what belongs to nodes that stay when others go", () => {
    const graph = fromOnnx(withEverything());
    const nodes = graph.nodes.filter(({ op }) => op !== "custom.Odd\u2024Name");
    const kept = toOnnx({ ...graph, nodes, outputs: [nodes.at(-1)!.outputs[0]!] });
    expect(kept.graph!.node![0]).toEqual(withEverything().graph!.node![0]);
    expect(kept.graph!.sparseInitializer).toEqual(withEverything().graph!.sparseInitializer);
    expect(kept.graph!.output).toEqual([{ name: "b" }]);
  });

  it("share the weights' memory", () => {
    const original = withEverything();
    const rawData = original.graph!.initializer![0]!.rawData!;
    expect((fromOnnx(original).initialisers[0]!.constant!.data as Float32Array).buffer).toBe(rawData.buffer);
    expect(toOnnx(fromOnnx(original)).graph!.initializer![0]!.rawData).toBe(rawData);
  });

  it("write what a pass changed, and only that", () => {
    const graph = fromOnnx(withEverything());
    const changed: Graph = {
      ...graph,
      name: "changed",
      metadata: { ...graph.metadata, more: "m" },
      opsets: { ...graph.opsets, "": 24 },
      nodes: graph.nodes.map((n) =>
        n.op === "Clip" ? { ...n, attributes: { x: { kind: "int", value: 1 } } } : n,
      ),
    };
    const { graph: original, ...rest } = withEverything();
    expect(toOnnx(changed)).toEqual({
      ...rest,
      irVersion: 12,
      opsetImport: [{ domain: "ai.onnx", version: 24 }, ...rest.opsetImport!.slice(1)],
      metadataProps: [
        { key: "twice", value: "b" },
        { key: "more", value: "m" },
      ],
      graph: {
        ...original,
        name: "changed",
        node: original!.node!.with(1, {
          ...original!.node![1]!,
          attribute: [{ name: "x", i: 1, type: ATTRIBUTE_TYPES.int }],
        }),
      },
    });
  });
});

describe("types", () => {
  const typed = (): ModelProto =>
    model({
      node: [node("Relu", ["x"], ["h"]), node("Relu", ["h"], ["y"])],
      input: [info("x", "float32", ["n", null, 3])],
      output: [info("y", "float32", ["n", null, "unk__0"])],
      valueInfo: [info("h", "float32", ["n", -1, 3]), info("gone", "float32", [1])],
    });

  it("are the file's, open sizes being symbols of their own", () => {
    const { inputs, nodes, outputs } = fromOnnx(typed());
    expect(inputs[0]!.type).toEqual({ dtype: "float32", shape: ["n", "unk__3", 3] });
    expect(nodes[0]!.outputs[0]!.type).toEqual({ dtype: "float32", shape: ["n", "unk__1", 3] });
    expect(outputs[0]!.type).toEqual({ dtype: "float32", shape: ["n", "unk__2", "unk__0"] });
  });

  it("that are found later are written where the file noted some, made-up symbols as open sizes", () => {
    const graph = fromOnnx(typed());
    const found = new Value("h", { dtype: "float16", shape: ["n", "unk__1*2", 3] });
    const nodes = graph.nodes.map((n) => ({
      ...n,
      inputs: n.inputs.map((value) => (value?.name === "h" ? found : value)),
      outputs: n.outputs.map((value) => (value?.name === "h" ? found : value)),
    }));
    const { input, output, valueInfo } = toOnnx({ ...graph, nodes }).graph!;
    expect(input).toEqual(typed().graph!.input);
    expect(output).toEqual(typed().graph!.output);
    expect(valueInfo).toEqual([info("h", "float16", ["n", null, 3])]);
  });
});

describe("old files", () => {
  const old = (): ModelProto =>
    model(
      {
        node: [node("Add", ["x", "w"], ["y"])],
        initializer: [floats("w", [2], [1, 2])],
        input: [info("x", "float32", [2]), info("w", "float32", [2])],
        output: [info("y", "float32", [2])],
      },
      { irVersion: 3, opsetImport: [{ version: 8 }] },
    );

  it("list constants among the inputs: one value in both places", () => {
    const graph = fromOnnx(old());
    expect(graph.inputs[1]).toBe(graph.initialisers[0]);
    verify(graph);
    expect(toOnnx(graph)).toEqual(old());
  });

  it("become newer ones when a constant is added, and those then are no inputs", () => {
    const graph = fromOnnx(old());
    const b = Builder.from(graph, noRules);
    b.constant(tensorFrom("float32", [1], [1]), "new");
    const written = toOnnx(b.build(graph.outputs));
    expect(written.irVersion).toBe(4);
    expect(written.graph!.input!.map(({ name }) => name)).toEqual(["x"]);
    expect(written.graph!.initializer!.map(({ name }) => name)).toEqual(["w", "new"]);
  });

  it("say no operator sets and no attribute types", () => {
    const first = model(
      {
        node: [node("Elu", ["x"], ["y"], { attribute: [{ name: "alpha", f: 2 }] })],
        input: [info("x", "float32", [1])],
      },
      { irVersion: 1, opsetImport: [] },
    );
    const graph = fromOnnx(first);
    expect(graph.opsets).toEqual({ "": 1 });
    expect(graph.nodes[0]!.attributes).toEqual({ alpha: { kind: "float", value: 2 } });
    expect(toOnnx(graph).graph).toEqual(first.graph);
  });
});

describe("subgraphs", () => {
  it("tell what they read of the graph around them", () => {
    const graph = fromOnnx(withBranches());
    const [makes, branch] = graph.nodes;
    expect([...branch!.captures!.keys()]).toEqual(["x", "w"]);
    expect(branch!.captures!.get("w")).toBe(makes!.outputs[0]);
    expect(usesOf(graph).get(makes!.outputs[0]!)).toEqual([branch]);
  });

  it("follow values that are replaced by others", () => {
    const graph = fromOnnx(withBranches());
    const other = new Value("other", { dtype: "float32", shape: [2] });
    const [makes, branch] = graph.nodes;
    const nodes = [
      { ...makes!, outputs: [other] },
      {
        ...branch!,
        captures: new Map(
          [...branch!.captures!].map(([name, v]) => [name, v === makes!.outputs[0] ? other : v]),
        ),
      },
    ];
    const written = toOnnx({ ...graph, nodes }).graph!.node![1]!;
    const reads = (g: GraphProto): unknown => g.node![0]!.input;
    expect(written.attribute!.map(({ g }) => reads(g!))).toEqual([
      ["x", "other"],
      ["x", "other"],
    ]);
    expect(() => {
      verify({ ...graph, nodes: [branch!, makes!] });
    }).toThrow(failure("invalid-graph", { got: "w" }));
  });

  it("keep their names to themselves", () => {
    const b = Builder.from(fromOnnx(withBranches()), noRules);
    expect(b.constant(tensorFrom("float32", [], [1]), "t_inner").name).toBe("t_inner_1");
  });

  it("shadow nothing: a name that they define is theirs", () => {
    const inner: GraphProto = {
      node: [
        node("Neg", ["a"], ["b"]),
        node("Add", ["b", "c"], ["d"]),
        node("If", ["cond"], ["e"], {
          attribute: [
            {
              name: "then_branch",
              type: 5,
              g: { node: [node("Add", ["b", "deep"], ["f"])], output: [{ name: "f" }] },
            },
          ],
        }),
      ],
      input: [{ name: "a" }],
      initializer: [floats("c", [], [1])],
      output: [{ name: "e" }, { name: "outside" }],
    };
    const outer = model({
      node: [node("Loop", ["x"], ["y"], { attribute: [{ name: "body", g: inner, type: 5 }] })],
      input: ["x", "cond", "deep", "outside"].map((name) => info(name, "float32", [])),
    });
    expect([...fromOnnx(outer).nodes[0]!.captures!.keys()]).toEqual(["cond", "deep", "outside"]);
  });
});

describe("nodes out of order", () => {
  it("are sorted, moving as little as can be", () => {
    const shuffled = model({
      node: [
        node("Neg", ["c"], ["d"]),
        node("Neg", ["x"], ["a"]),
        node("Add", ["a", "b"], ["c"]),
        node("Neg", ["a"], ["b"]),
        node("Neg", ["x"], ["e"]),
      ],
      input: [info("x", "float32", [1])],
      output: [info("d", "float32", [1])],
    });
    const graph = fromOnnx(shuffled);
    verify(graph);
    expect(graph.nodes.map((n) => n.outputs[0]!.name)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("do not overflow the stack", () => {
    const count = 50_000;
    const chain = Array.from({ length: count }, (_, i) =>
      node("Neg", [i === count - 1 ? "x" : `v${i + 1}`], [`v${i}`]),
    );
    expect(
      fromOnnx(model({ node: chain, input: [info("x", "float32", [1])] })).nodes[0]!.inputs[0]!.name,
    ).toBe("x");
  });
});

describe("refusals", () => {
  const x = info("x", "float32", [1]);
  it.each<[string, ModelProto, object]>([
    ["no graph", { irVersion: 8 }, { expected: "a graph" }],
    [
      "a name that nothing makes",
      model({ node: [node("Neg", ["z"], ["y"], { name: "n" })] }),
      { where: "Neg n → y", got: "z" },
    ],
    [
      "an output that nothing makes",
      model({ input: [x], output: [x, info("z", "float32", [1])] }),
      { where: "graph outputs", got: "z" },
    ],
    [
      "a value made twice",
      model({ node: [node("Neg", ["x"], ["y"]), node("Abs", ["x"], ["y"])], input: [x] }),
      { where: "Abs → y", got: "y made again" },
    ],
    [
      "an initialiser without a name",
      model({ initializer: [floats("", [1], [1])] }),
      { where: "initialisers" },
    ],
    [
      "a cycle",
      model({ node: [node("Add", ["x", "b"], ["a"]), node("Neg", ["a"], ["b"])], input: [x] }),
      { got: "a cycle" },
    ],
    [
      "a tensor that does not fill its shape",
      model({ initializer: [{ dims: [2], dataType: 1, name: "w", rawData: new Uint8Array(4) }] }),
      { where: "tensor w" },
    ],
  ])("%s", (_, broken, facts) => {
    expect(() => fromOnnx(broken)).toThrow(failure("invalid-model", facts));
  });

  it("of inputs whose type nobody knows, when writing", () => {
    const graph = fromOnnx(model({ input: [info("x", "float32", [1])] }));
    const broken = { ...graph, inputs: [new Value("z", undefined)] };
    expect(() => toOnnx(broken)).toThrow(failure("invalid-graph", { where: "graph input z" }));
  });
});

describe("print", () => {
  it("shows a model of any file", () => {
    expect(printGraph(fromOnnx(decodeModel(encodeModel(withEverything()))))).toMatchInlineSnapshot(`
      "graph everything ("" 21, "custom" 1, "ai.onnx.ml" 3)
        in  x: float32[n,unk__2,3]
        in  list
        in  rankless
        w = float32[2] {1,2}
        top = float32[] {6}
        f8 = Constant() {value=…}
        sparse = Constant() {sparse_value=…}
        a: float32[n,unk__0,3] = custom.Twice(x)  # call
        b = Clip(a, _, top)
        c, _, d: float32[unk__1] = custom.Odd․Name(b, f8, sparse) {float=0.1, int=4611686018427387904, text="a", bytes=…, tensor=float32[1], tensor8=…, floats=[1,2], ints=[1,-1], no_ints=[], texts=[a], tensors=…, graph=…, graphs=…, sparse=…, type=…, untyped=3, referring=…} reads b
        out c
        out d
      "
    `);
    expect(printGraph(fromOnnx(withBranches()))).toMatchInlineSnapshot(`
      "graph g ("" 21)
        in  c: bool[]
        in  x: float32[2]
        w0 = float32[2] {1,2}
        w = Add(w0, w0)  # makes_w
        y: float32[2] = If(c) {else_branch=…, then_branch=…} reads x, w  # branch
        out y
      "
    `);
  });
});
