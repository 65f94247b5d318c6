/**
 * What inference gains from a lean model (the wanted head alone, single precision) and from the runtime's arena:
 * milliseconds, peak and held memory of IS-Net at 1024², in half precision as published (`isnet-imgly`). Each of the
 * four runs in a process of its own, takes one inference to warm up, then they take turns.
 * `npm run bench -- lean-model [--rounds 5] [--json]`; the peer of every row is the published file with the arena, which
 * is what the runtime does by itself.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defaultCacheDir, openModel } from "@mattelier/core/hub";
import { median, report, row } from "./lib/harness.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, json: { type: "boolean" } },
});
const CHILD = fileURLToPath(new URL("./candidates/session-contender.mjs", import.meta.url));
const NAMES = ["whole arena", "whole no-arena", "lean arena", "lean no-arena"] as const;

interface Answer {
  readonly ms: number;
  readonly peakBytes: number;
  readonly heldBytes: number;
}

const { path, preprocessing } = await openModel("isnet-imgly", { cacheDir: defaultCacheDir() });
const children: { readonly name: string; readonly child: ChildProcess; readonly answers: Answer[] }[] = [];
try {
  for (const name of NAMES) {
    const child = fork(CHILD, [path, String(preprocessing.output.head), ...name.split(" ")], {
      execArgv: [],
    });
    children.push({ name, child, answers: [] });
    await once(child, "message");
  }
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const { child, answers } of children) {
      child.send("run");
      const [answer] = (await once(child, "message")) as [Answer];
      answers.push(answer);
    }
  }
} finally {
  for (const { child } of children) child.kill();
}
const measured = children.map(({ name, answers }) => ({
  name,
  ms: median(answers.slice(1).map(({ ms }) => ms)),
  peak: answers.at(-1)!.peakBytes / 2 ** 20,
  held: answers.at(-1)!.heldBytes / 2 ** 20,
}));
const [base, ...others] = measured as [(typeof measured)[0], ...typeof measured];
report(
  others.flatMap(({ name, ms, peak, held }) => [
    row(`${name}: time`, ms, base.ms, "ms"),
    row(`${name}: peak memory`, peak, base.peak, "MiB"),
    row(`${name}: held memory`, held, base.held, "MiB"),
  ]),
);
