import { appendFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { errnoOf, fileError, replaceFile } from "../../../files/index.js";

/**
 * Lines of JSON that a run adds to, and takes back when it goes on from an earlier point. Numbers that are not finite,
 * which JSON writes as null, are read as NaN.
 */
export class Journal<Line> {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws MattelierError `unwritable` */
  add(line: Line): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw fileError(error, { where: this.path, doing: "writing" });
    }
  }

  /** All whole lines; none where there is no file. A line cut short by a crash is left out. */
  async lines(): Promise<Line[]> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw fileError(error, { where: this.path, doing: "reading" });
    }
    return text
      .split("\n")
      .slice(0, -1)
      .flatMap(parseLine<Line>);
  }

  /** Forget the lines that a test refuses. */
  async keep(test: (line: Line) => boolean): Promise<void> {
    const kept = (await this.lines()).filter(test);
    await replaceFile(this.path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
}

function parseLine<Line>(text: string): Line[] {
  try {
    return [JSON.parse(text, (_, value: unknown) => value ?? Number.NaN) as Line];
  } catch {
    return [];
  }
}
