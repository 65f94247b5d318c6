import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeDiscs } from "../packages/core/src/train/run/discs.test-support.js";
import { createRng } from "../packages/core/src/util/index.js";

const CLI = new URL("../packages/cli/bin/mattelier.js", import.meta.url).pathname;
const KILLS = 10;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-kill-"));
  await writeDiscs(join(folder, "discs"), 60, 1);
  const config = {
    model: "unet",
    modelOptions: { base: 8, depth: 2, batchNorm: true },
    data: { train: join(folder, "discs"), split: { val: 12 } },
    size: 32,
    batch: 4,
    epochs: 12,
    loss: "combo",
    checkpointEvery: "1s",
    samples: 2,
    reduceLROnPlateau: { patience: 1 },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
});
afterAll(() => rm(folder, { recursive: true }));

/** Run the command; with a time, kill it then. @returns its exit code, or the signal that ended it */
function mattelier(args: readonly string[], killAfterMs?: number): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve(code ?? signal ?? "");
    });
  });
}

test(
  `killed ${KILLS} times at random and resumed, a run gives what an unbroken one gives`,
  { timeout: 900_000 },
  async () => {
    const config = join(folder, "config.json");
    const started = performance.now();
    expect(await mattelier(["train", "--config", config, "--out", join(folder, "unbroken")])).toBe(0);
    const wholeMs = performance.now() - started;

    const broken = join(folder, "broken");
    const rng = createRng(7);
    let killed = 0;
    // Each sitting starts the process and loses what came after its last checkpoint: it gets its share and that.
    const sittingMs = (): number => 3000 + (wholeMs / KILLS) * 2 * rng.uniform();
    let end = await mattelier(["train", "--config", config, "--out", broken], sittingMs());
    for (; end === "SIGKILL" && killed < KILLS; killed++)
      end = await mattelier(["train", "--resume", broken], killed + 1 < KILLS ? sittingMs() : undefined);
    expect(end).toBe(0);
    expect(killed).toBeGreaterThan(3);
    for (const file of ["metrics.jsonl", "steps.jsonl"])
      expect(await readFile(join(broken, file), "utf8"), file).toBe(
        await readFile(join(folder, "unbroken", file), "utf8"),
      );
  },
);
