import { readFile } from "node:fs/promises";
import { parse, YAMLParseError } from "yaml";
import { fileError } from "@mattelier/core/files";
import { MattelierError, messageOf } from "@mattelier/core/util";

/**
 * A configuration file's content, YAML or JSON (which YAML includes); unchecked.
 * @throws MattelierError `not-found`, `unreadable`, or `invalid-config` with the line
 */
export async function readConfigFile(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw fileError(error, { where: path, doing: "reading", expected: "a configuration in YAML or JSON" });
  });
  try {
    return parse(text) as unknown;
  } catch (cause) {
    throw new MattelierError({
      code: "invalid-config",
      where: path,
      expected: "YAML or JSON",
      got: cause instanceof YAMLParseError ? cause.message.split("\n")[0]! : messageOf(cause),
      cause,
    });
  }
}
