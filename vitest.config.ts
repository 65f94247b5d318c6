import { defineConfig } from "vitest/config";

const source = ["@mattelier/source", "module", "node", "development|production"];

/** `--mode full` (npm run check:full) adds the tests that take minutes. */
export default defineConfig(({ mode }) => ({
  resolve: { conditions: source },
  ssr: { resolve: { conditions: source } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", ...(mode === "full" ? [] : ["**/*.full.test.ts"])],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./tools/closing-line-reporter.ts"],
  },
}));
