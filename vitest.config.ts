import { defineConfig } from "vitest/config";

const source = ["@mattelier/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions: source },
  ssr: { resolve: { conditions: source } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts", "bench/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    reporters: ["default", "./tools/closing-line-reporter.ts"],
  },
});
