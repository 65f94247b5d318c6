/** Time that a run has taken, over all its sittings, and how fast it goes. */
export class RunClock {
  readonly #now: () => number;
  readonly #before: number;
  readonly #started: number;
  #epochStarted: number;
  #epochImages = 0;

  /** @param beforeMs what earlier sittings took */
  constructor(beforeMs: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#before = beforeMs;
    this.#started = this.#epochStarted = now();
  }

  get elapsedMs(): number {
    return this.#before + this.#now() - this.#started;
  }

  beginEpoch(): void {
    this.#epochStarted = this.#now();
    this.#epochImages = 0;
  }

  countImages(count: number): void {
    this.#epochImages += count;
  }

  /** Of the epoch under way, validation included. */
  get epochSeconds(): number {
    return (this.#now() - this.#epochStarted) / 1000;
  }

  get imagesPerSecond(): number {
    return this.#epochImages / Math.max(1e-9, this.epochSeconds);
  }
}
