// `npm run bench -- NAME [ARGS]` runs bench/NAME.ts; `npm run tool -- NAME [ARGS]` runs tools/NAME.ts.
// TypeScript runs through tsx, against the packages' sources.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const [folder, name, ...args] = process.argv.slice(2);
const file = `${folder}/${name}.ts`;
if (name === undefined || !existsSync(file)) {
  const names = readdirSync(folder)
    .filter((f) => f.endsWith(".ts") && !f.includes(".test."))
    .map((f) => f.slice(0, -3));
  console.error(`${folder}: expected one of ${names.join(", ")}; got ${name ?? "nothing"}.`);
  process.exit(2);
}
const node = ["--expose-gc", "--conditions=@mattelier/source", "--import", "tsx", file, ...args];
const { status } = spawnSync(process.execPath, node, { stdio: "inherit" });
process.exit(status ?? 1);
