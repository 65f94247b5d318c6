import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Run an example of the repository in a folder of its own. */
async function runExample(name: string, folder: string): Promise<string[]> {
  const tsx = join(root, "node_modules/tsx/dist/loader.mjs");
  const args = ["--conditions=@mattelier/source", "--import", tsx, join(root, "examples", name)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  return stdout.trim().split("\n");
}

test("the README's network of two parameters learns, is exported and runs, as written", async () => {
  const example = await readFile(join(root, "examples/train-a-line.ts"), "utf8");
  const readme = await readFile(join(root, "README.md"), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);

  const folder = await mkdtemp(join(tmpdir(), "mattelier-line-"));
  try {
    const lines = await runExample("train-a-line.ts", folder);
    const losses = lines.slice(0, 10).map(Number);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses[9]!).toBeLessThan(losses[0]! / 1000);
    const [near32, near302] = lines
      .slice(10)
      .join(" ")
      .match(/\d+\.\d+/g)!
      .map(Number);
    expect(near32).toBeCloseTo(32, 0);
    expect(near302).toBeGreaterThan(301);
    expect((await stat(join(folder, "line.onnx"))).size).toBeGreaterThan(100);
  } finally {
    await rm(folder, { recursive: true });
  }
});
