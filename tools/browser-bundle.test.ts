import { isBuiltin } from "node:module";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { build, type Plugin, type Rolldown } from "vite";

// What pages may import of the library. (infer, hub and image still read files and decode with sharp.)
const FOR_BROWSERS = [
  "util",
  "onnx",
  "graph",
  "ops",
  "ops/lowering",
  "autodiff",
  "nn",
  "losses",
  "optim",
  "models",
  "runtime",
  "runtime/web",
  "train",
  "train/web",
];
const ENTRY = "virtual:entry";

interface Bundle {
  /** Imports of what only Node has, with who imports it. */
  readonly forNode: readonly string[];
  /** Bytes of our own code, gzipped; not ONNX Runtime's. */
  readonly gzipBytes: number;
}

/** Bundle everything of some subpaths. */
async function bundle(subpaths: readonly string[]): Promise<Bundle> {
  const forNode: string[] = [];
  const entry: Plugin = {
    name: "entry",
    enforce: "pre",
    resolveId(source, importer) {
      if (source === ENTRY) return source;
      const own = importer?.includes("/node_modules/") !== true;
      if (!own || !(isBuiltin(source) || source === "sharp" || source === "onnxruntime-node")) return null;
      forNode.push(`${source} from ${importer?.replace(/^.*\/packages\//, "") ?? "?"}`);
      return { id: source, external: true };
    },
    load: (id) =>
      id === ENTRY
        ? subpaths.map((path, i) => `export * as m${i} from "@mattelier/core/${path}";`).join("\n")
        : null,
  };
  const result = await build({
    configFile: false,
    root: import.meta.dirname,
    logLevel: "error",
    plugins: [entry],
    resolve: {
      conditions: [
        "@mattelier/source",
        "onnxruntime-web-use-extern-wasm",
        "module",
        "browser",
        "development|production",
      ],
    },
    worker: { format: "es" },
    build: {
      write: false,
      reportCompressedSize: false,
      rolldownOptions: { input: ENTRY, preserveEntrySignatures: "strict" },
    },
  });
  const { output } = (Array.isArray(result) ? result[0]! : result) as Rolldown.RolldownOutput;
  const own = output.filter(({ fileName }) => fileName.endsWith(".js") && !/\/ort\b/.test(fileName));
  const sizes = own.map((file) => gzipSync(file.type === "chunk" ? file.code : file.source).length);
  return { forNode, gzipBytes: sizes.reduce((sum, size) => sum + size, 0) };
}

test("the parts for browsers reach nothing that only Node has", { timeout: 180_000 }, async () => {
  const { forNode } = await bundle(FOR_BROWSERS);
  expect(forNode).toEqual([]);
});

test("such an import is noticed", { timeout: 180_000 }, async () => {
  const { forNode } = await bundle(["image"]);
  expect(forNode.join()).toMatch(/sharp from core\/src\/image\/codec\.ts/);
});

test(
  "a page that only runs models loads at most 32 kB of ours (gzip), its worker included",
  { timeout: 180_000 },
  async () => {
    const { gzipBytes } = await bundle(["runtime/web"]);
    expect(gzipBytes).toBeLessThan(32_000);
    expect(gzipBytes).toBeGreaterThan(10_000);
  },
);
