/**
 * Where a worker thread's compiled entry lies. Node runs no TypeScript, so from a source file
 * (tests, benches) the entry is the built one: `npm run build` comes first there.
 *
 * @param from `import.meta.url` of the caller, in src/ or dist/
 * @param entry path of the entry relative to the caller, ending in .js
 */
export function workerUrl(from: string, entry: string): URL {
  const url = new URL(entry, from);
  return from.endsWith(".ts") ? new URL(url.href.replace(/\/src\/(?!.*\/src\/)/, "/dist/")) : url;
}
