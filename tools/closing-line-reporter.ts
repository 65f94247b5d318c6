import type { Reporter, TestModule } from "vitest/node";

/** Prints one plain last line, `N passed, N failed, N skipped`, that scripts and people can read. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    let broken = unhandledErrors.length;
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state] += 1;
        if (state === "failed") failedTests += 1;
      }
      // A module that failed without a failed test did not load, or broke in a hook.
      if (module.state() === "failed" && failedTests === 0) broken += 1;
    }
    // After the default reporter's summary.
    process.on("exit", () => {
      const skipped = count.skipped + count.pending;
      console.log(`${count.passed} passed, ${count.failed + broken} failed, ${skipped} skipped`);
    });
  }
}
