import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeSafetensors } from "@mattelier/core/checkpoint";
import { decodeImage } from "@mattelier/core/image";
import { architecture } from "@mattelier/core/models";
import { initialState } from "@mattelier/core/nn";
import { createRng } from "@mattelier/core/util";
import { discBytes, tinyOnnx } from "../packages/cli/src/cli.test-support.js";
import { tinyModel } from "../packages/core/src/hub/tiny-model.test-support.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");

/** Lines of the README's shell blocks, without their comments. */
const commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
  block!
    .split("\n")
    .map((line) => line.replace(/\s+#\s.*$/, "").trim())
    .filter((line) => line !== ""),
);
const mattelier = commands.filter((line) => /(^|\| )mattelier /.test(line));

/** What people bring along: files that lie beside the repository, or not at all. */
const BROUGHT: Readonly<Record<string, string>> = {
  "u2netp.pth": "fixtures/checkpoints/u2netp_zip.pth",
  "mobilenet.json": "weights/mobilenetv2/mobilenetv2_1.0_imagenet_qat_fp16.json",
  "mobilenet.bin": "weights/mobilenetv2/mobilenetv2_1.0_imagenet_qat_fp16.bin",
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-readme-"));
  await mkdir(join(folder, "bin"));
  await symlink(join(root, "packages/cli/bin/mattelier.js"), join(folder, "bin/mattelier"));
  await writeFile(join(folder, "tiny.onnx"), tinyOnnx());
  await writeFile(join(folder, "u2net.onnx"), tinyModel());
  const jpeg = await discBytes("jpeg");
  for (const path of ["photo.jpg", "portrait.jpg", "photos/deep/a.jpg", "shop/b/c.jpg", "inbox/d.jpg"]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), jpeg);
  }
  await mkdir(join(folder, "runs/first/checkpoints"), { recursive: true });
  const weights = encodeSafetensors(initialState(architecture("u2netp").create(), createRng(1)));
  await writeFile(join(folder, "runs/first/checkpoints/best.safetensors"), weights);
  for (const [name, path] of Object.entries(BROUGHT)) {
    const source = join(root, "../shared", path);
    if (existsSync(source)) await symlink(source, join(folder, name));
  }
  // The models' package is looked for from the working directory on.
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Run a line in a shell, in the folder; a watch is ended once it has done its picture. */
function shell(line: string): Promise<{ code: number | null; output: string }> {
  const child = spawn("bash", ["-c", line], {
    cwd: folder,
    env: {
      PATH: [join(folder, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
      MATTELIER_CACHE: join(folder, "cache"),
    },
  });
  let output = "";
  let isEnded = false;
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    if (isEnded || !line.includes("--watch") || !output.includes("→")) return;
    isEnded = true;
    child.kill("SIGINT");
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      resolve({ code, output });
    }),
  );
}

describe("the README's commands", () => {
  test("the first installs, and cuts a plant out of a photo that is there after npm ci", async () => {
    const [install, remove] = commands[0]!.split(" && ");
    expect(install).toBe("npm ci");
    const [, , , photo, , output] = remove!.split(" ");
    expect(existsSync(join(root, photo!))).toBe(true);
    const ran = await shell(remove!.replace("npx ", ""));
    expect(ran).toMatchObject({ code: 0, output: expect.stringContaining("isnet-imgly on ") as string });

    const { picture } = (await decodeImage(join(folder, output!))).frames[0]!;
    const alpha = [...picture.data].filter((_, i) => i % 4 === 3);
    const share = (isIt: (a: number) => boolean): number => alpha.filter(isIt).length / alpha.length;
    expect([picture.widthPx, picture.heightPx, picture.channels]).toEqual([790, 1024, 4]);
    expect(share((a) => a < 5)).toBeGreaterThan(0.6);
    expect(share((a) => a > 250)).toBeGreaterThan(0.15);
  }, 300_000);

  test("the second is a script of package.json", async () => {
    expect(commands[1]).toBe("npm ci && npm run check");
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(scripts["check"]).toBeDefined();
  });

  test("others are there", () => {
    expect(mattelier.length).toBeGreaterThanOrEqual(10);
  });

  // The tiny network does in milliseconds what the default one needs seconds for.
  const lacks = (line: string): boolean =>
    Object.entries(BROUGHT).some(
      ([name, path]) => line.includes(name) && !existsSync(join(root, "../shared", path)),
    );
  test.skipIf(mattelier.some(lacks))(
    "no file that people bring along is missing (../shared is absent)",
    () => {
      expect(mattelier.some((line) => Object.keys(BROUGHT).some((name) => line.includes(name)))).toBe(true);
    },
  );
  test.each(mattelier.filter((line) => !lacks(line)))("%s", async (line) => {
    const quick = line.replace(/mattelier remove .*?(?= > |$)/, (command) => `${command} --model tiny.onnx`);
    const { code, output } = await shell(quick);
    expect(output).not.toContain("error:");
    expect(code).toBe(0);
  });
});
