import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createProgress, shownTime } from "./progress.js";

/** Takes what is written; a terminal of 80 columns if wanted. */
class Screen extends Writable {
  readonly columns = 80;
  text = "";
  readonly isTTY: boolean;
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  cursorTo(): boolean {
    return true;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
const on = (screen: Screen, total: number, quiet = false) =>
  createProgress({ total, unit: "pictures", quiet, stream: screen as unknown as NodeJS.WriteStream });

test("a line a picture where there is no terminal", () => {
  const screen = new Screen(false);
  const progress = on(screen, 2);
  progress.step("a.jpg → a.png");
  progress.say("error: b.jpg");
  progress.step("");
  progress.stop();
  expect(screen.text).toBe("[1/2] a.jpg → a.png\nerror: b.jpg\n");
});

test("quiet tells failures alone", () => {
  const screen = new Screen(false);
  const progress = on(screen, 2, true);
  progress.step("a.jpg → a.png");
  progress.say("error: b.jpg");
  expect(screen.text).toBe("error: b.jpg\n");
});

test("a bar with rate and time left on a terminal, lines above it, and nothing that runs on after the end", async () => {
  const screen = new Screen(true);
  const progress = on(screen, 3);
  expect(screen.text).toContain("0/3 pictures · starting");
  progress.step("a.jpg → a.png");
  progress.say("error: b.jpg");
  progress.step("");
  progress.step("");
  progress.stop();
  expect(screen.text).not.toContain("→");
  expect(screen.text).toContain("error: b.jpg\n");
  expect(screen.text).toMatch(/3\/3 pictures · [\d.]+\/s · 0 s left/);
  progress.say("3 done");
  const atEnd = screen.text;
  expect(atEnd.endsWith("3 done\n")).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(screen.text).toBe(atEnd);
});

test.each([
  [7.6, "8 s"],
  [200, "3 min 20 s"],
  [3900, "1 h 5 min"],
])("%d seconds read %s", (seconds, text) => {
  expect(shownTime(seconds)).toBe(text);
});
