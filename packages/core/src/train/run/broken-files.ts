import type { Loader } from "../../data/index.js";

/** Tells a run's watcher which pictures are left out since they cannot be used, each once a sitting. */
export class BrokenFiles {
  readonly #told = new Set<string>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Tell those that a loader has come upon since. */
  note({ broken }: Pick<Loader, "broken">): void {
    for (const { name, reason } of broken) {
      if (this.#told.has(name)) continue;
      this.#told.add(name);
      this.#say(`left out ${name}: ${reason}`);
    }
  }

  /** Tell how many there are, if any. */
  count(): void {
    const { size } = this.#told;
    if (size > 0)
      this.#say(
        `${size} picture${size === 1 ? " is" : "s are"} broken and left out so far: \`mattelier dataset check\` lists them`,
      );
  }
}
