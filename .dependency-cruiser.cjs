// The layers of docs/architecture.md, checked: imports go down only, never up, never sideways.
const LAYERS = [
  "util",
  "files",
  "image|onnx",
  "graph",
  "ops",
  "autodiff|passes|runtime",
  "nn|losses|metrics|optim|data|hub|checkpoint",
  "models",
  "train|evaluate|infer|export",
];
const SRC = "^packages/core/src";

/** @returns one forbidden rule */
const rule = (name, from, to) => ({ name, severity: "error", from: { path: from }, to });

module.exports = {
  forbidden: [
    rule("no-cycles", "^packages/[^/]+/src", { circular: true }),
    ...LAYERS.slice(0, -1).map((folders, i) =>
      rule(`no-upward-from-${folders}`, `${SRC}/(${folders})/`, {
        path: `${SRC}/(${LAYERS.slice(i + 1).join("|")})/`,
      }),
    ),
    ...LAYERS.map((folders) =>
      rule(`no-siblings-in-${folders}`, `${SRC}/(${folders})/`, {
        path: `${SRC}/(${folders})/`,
        pathNot: [`${SRC}/$1/`, `${SRC}/evaluate/`],
      }),
    ),
    rule("infer-stays-light", `${SRC}/infer/`, {
      reachable: true,
      path: `${SRC}/(autodiff|losses|optim|data|train)/`,
    }),
    {
      // The compiled step runs on onnxruntime-web as well: what compiles it must load in a browser.
      name: "training-step-runs-in-a-page",
      severity: "error",
      from: { path: `${SRC}/train/(index|step)\\.ts$` },
      to: { reachable: true, path: `${SRC}/(runtime/node|image/|files/)|^(node:)?(fs|os|worker_threads)` },
    },
    {
      name: "onnxruntime-only-in-its-adapters",
      severity: "error",
      from: { path: SRC, pathNot: [`${SRC}/runtime/`, "\\.test(-support)?\\.ts$"] },
      to: { path: "onnxruntime-(node|web)" },
    },
    {
      name: "sharp-only-in-image",
      severity: "error",
      from: { path: SRC, pathNot: [`${SRC}/image/`, "\\.test\\.ts$"] },
      to: { path: "node_modules/sharp" },
    },
    rule("core-knows-no-application", SRC, { path: "^packages/(?!core/)" }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { conditionNames: ["@mattelier/source", "import", "node", "default"] },
  },
};
