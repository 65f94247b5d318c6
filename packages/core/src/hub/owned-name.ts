import { createHash, randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { hostname } from "node:os";

/**
 * Names of temporary folders that say who works in them: `<key>~<host>-<pid>-<unique>`. Whoever needs the contents
 * renames the folder to a name of his own, which only one can do: no lock files, hence no stale ones.
 */
const OWNED = /^(?<key>.+)~(?<host>[0-9a-f]{8})-(?<pid>\d+)-[0-9a-f]{12}$/;
const FREE = /^(?<key>.+)~free-[0-9a-f]{12}$/;
/** After this long without a write, work of another machine on a shared disk counts as given up. */
const FOREIGN_IDLE_MS = 24 * 3600 * 1000;

const host8 = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
const unique = (): string => randomBytes(6).toString("hex");

/** A new name that this process owns. */
export function ownedName(key: string): string {
  return `${key}~${host8}-${process.pid}-${unique()}`;
}

/** A new name for what nobody works on, to be taken up again. */
export function freeName(key: string): string {
  return `${key}~free-${unique()}`;
}

/** The key of an owned or free name; undefined for any other. */
export function keyOf(name: string): string | undefined {
  return (OWNED.exec(name) ?? FREE.exec(name))?.groups!["key"];
}

/**
 * Whether nobody works on the folder of this name: it is free, or its process has ended.
 * @param path the folder, for the time of its last change
 */
export async function isAbandoned(name: string, path: string): Promise<boolean> {
  if (FREE.test(name)) return true;
  const owner = OWNED.exec(name)?.groups;
  if (owner === undefined) return false;
  if (owner["host"] === host8) return !isAlive(Number(owner["pid"]));
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs > FOREIGN_IDLE_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is such a process, of another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
