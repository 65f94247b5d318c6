import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { build, type Rolldown } from "vite";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where a Chromium is. */
export const chromiumPath = PLACES.find((path) => existsSync(path));

/** Why tests in a browser are skipped, if they are. */
export const noBrowser =
  chromiumPath === undefined ? `no browser at ${PLACES.join(", ")}: apt-get install chromium` : undefined;

const ORT_FILES = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
const NOT_ISOLATED = "/not-isolated";
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  // The browser then also keeps what it has compiled.
  "Cache-Control": "max-age=3600",
} as const;
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Functions that a test page offers, by name. What goes in and comes out must be plain data. */
type Api = Readonly<Record<string, (argument: never) => unknown>>;

/** Call a function of the page. What it throws is thrown here. */
type Calls<A extends Api> = <K extends keyof A & string>(
  name: K,
  ...argument: Parameters<A[K]>
) => Promise<Awaited<ReturnType<A[K]>>>;

export interface TestPage<A extends Api> {
  readonly call: Calls<A>;
  /** The same page once more, without the headers that make it cross-origin isolated. */
  readonly callNotIsolated: Calls<A>;
  close(): Promise<void>;
}

export interface TestPageOptions {
  /**
   * Where ONNX Runtime's .wasm files come from: part of the bundle (default; slower to build), or, for pages that
   * give `wasmPaths: "/ort/"`, straight from node_modules.
   */
  readonly wasm?: "bundled" | "served";
  /** More of Chromium's switches. */
  readonly switches?: readonly string[];
}

/**
 * Bundle a script as an application would, serve it on this machine, and open it in Chromium.
 * @param entry a module that sets `globalThis.testPage` to its functions
 */
export async function openTestPage<A extends Api>(
  entry: URL,
  { wasm = "bundled", switches = [] }: TestPageOptions = {},
): Promise<TestPage<A>> {
  const [files, browser] = await Promise.all([
    bundle(entry, wasm),
    chromium.launch({
      executablePath: chromiumPath!,
      headless: true,
      args: ["--no-sandbox", "--disable-dev-shm-usage", ...switches],
    }),
  ]);
  const server = await serve(files);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  };
  try {
    const pages = [
      await load(browser, `${origin}/`),
      await load(browser, `${origin}${NOT_ISOLATED}`),
    ] as const;
    const caller =
      (page: Page): Calls<A> =>
      (name, ...argument) =>
        page.evaluate(invoke, [name, argument[0]] as const) as never;
    return { call: caller(pages[0]), callNotIsolated: caller(pages[1]), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs in the page. */
function invoke([key, value]: readonly [name: string, argument: unknown]): unknown {
  const { testPage } = globalThis as unknown as { testPage: Record<string, (argument: unknown) => unknown> };
  return testPage[key]!(value);
}

async function load(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") said.push(message.text());
  });
  await page.goto(url);
  try {
    await page.waitForFunction(() => "testPage" in globalThis, undefined, { timeout: 20_000 });
  } catch (cause) {
    throw new Error(`the test page did not start: ${said.join("; ")}`, { cause });
  }
  return page;
}

type Files = ReadonlyMap<string, string | Uint8Array>;

/** What Vite makes of a script for browsers, from the library's sources. */
export async function bundle(entry: URL, wasm: "bundled" | "served" = "bundled"): Promise<Files> {
  const input = fileURLToPath(entry);
  const conditions = ["@mattelier/source", "module", "browser", "development|production"];
  if (wasm === "served") conditions.push("onnxruntime-web-use-extern-wasm");
  const result = await build({
    configFile: false,
    root: dirname(input),
    logLevel: "error",
    resolve: { conditions },
    worker: { format: "es" },
    build: {
      write: false,
      reportCompressedSize: false,
      rolldownOptions: { input, output: { entryFileNames: "entry.js" } },
    },
  });
  const { output } = (Array.isArray(result) ? result[0]! : result) as Rolldown.RolldownOutput;
  const files = output.map((file): [string, string | Uint8Array] => {
    return [`/${file.fileName}`, file.type === "chunk" ? file.code : file.source];
  });
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/entry.js"></script>`;
  return new Map([...files, ["/", page], [NOT_ISOLATED, page]]);
}

async function serve(files: Files): Promise<Server> {
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    const file =
      files.get(path) ??
      (path.startsWith("/ort/")
        ? await readFile(join(ORT_FILES, basename(path))).catch(() => undefined)
        : undefined);
    const type = TYPES[extname(path)] ?? "text/html; charset=utf-8";
    response.writeHead(file === undefined ? 404 : 200, {
      "Content-Type": type,
      ...(path === NOT_ISOLATED ? {} : HEADERS),
    });
    response.end(file);
  };
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? "/", "http://localhost").pathname, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
