import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sessionConformance } from "./conformance.test-support.js";
import { f32, identity } from "./models.test-support.js";
import { createNodeSession } from "./node.js";

for (const inThread of ["worker", "here"] as const)
  describe(`session on onnxruntime-node, in thread "${inThread}"`, () => {
    const cases = sessionConformance(
      (model, options) => createNodeSession(model, { ...options, provider: "cpu", inThread }),
      { blocksCaller: inThread === "here" },
    );
    for (const { name, check, skip } of cases)
      it(name, async (context) => {
        if (skip !== undefined) context.skip(skip);
        await expect(check()).resolves.toBeUndefined();
      });
  });

it("writes how long every operator took, where it is asked to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "profile-"));
  try {
    const session = await createNodeSession(identity("float32"), {
      provider: "cpu",
      inThread: "here",
      optimisation: "none",
      profile: join(folder, "times"),
    });
    const name = session.inputs[0]!.name;
    await session.run({ [name]: f32([2], [1, 2]) });
    await session.dispose();
    const [file] = await readdir(folder);
    const events = JSON.parse(await readFile(join(folder, file!), "utf8")) as { cat: string; dur: number }[];
    expect(file).toMatch(/^times/);
    expect(events.filter(({ cat }) => cat === "Node").length).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
