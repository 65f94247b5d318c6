import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
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

/** When to kill a sitting: so long after it has taken so many steps; after none, so long after its start. */
interface Kill {
  readonly steps: number;
  readonly delayMs: number;
}

/** Run the command. @returns its exit code, or the signal that ended it */
function mattelier(args: readonly string[], kill?: Kill): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    let timer: NodeJS.Timeout | undefined;
    let steps = 0;
    const look = (): void => {
      if (kill !== undefined && steps >= kill.steps)
        timer ??= setTimeout(() => child.kill("SIGKILL"), kill.delayMs);
    };
    look();
    createInterface(child.stdout).on("line", (line) => {
      if ((JSON.parse(line) as { kind: string }).kind === "step") steps++;
      look();
    });
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
    expect(await mattelier(["train", "--config", config, "--out", join(folder, "unbroken")])).toBe(0);

    const broken = join(folder, "broken");
    const rng = createRng(7);
    let killed = 0;
    // Each sitting loses what came after its last checkpoint; a few are killed while they start.
    const moment = (): Kill => ({
      steps: killed % 4 === 0 ? 0 : 3 + rng.integer(14),
      delayMs: (killed % 4 === 0 ? 1500 : 200) * rng.uniform(),
    });
    const go = (): Promise<number | string> =>
      mattelier(
        existsSync(join(broken, "config.json"))
          ? ["train", "--resume", broken]
          : ["train", "--config", config, "--out", broken],
        killed < KILLS ? moment() : undefined,
      );
    let end = await go();
    while (end === "SIGKILL") {
      killed++;
      end = await go();
    }
    expect(end).toBe(0);
    expect(killed).toBe(KILLS);
    for (const file of ["metrics.jsonl", "steps.jsonl"])
      expect(await readFile(join(broken, file), "utf8"), file).toBe(
        await readFile(join(folder, "unbroken", file), "utf8"),
      );
  },
);
