import { spawn, type ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";

/** One step of one contender. */
export interface StepReport {
  readonly seconds: number;
  /** Of all its threads, waiting by spinning included. */
  readonly cpuSeconds: number;
  readonly loss: number;
  /** The most memory that its process has held until now. */
  readonly peakMb: number;
}

/** A process that takes a training step whenever it is told to. */
export class Contender {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #ended: Promise<number | null>;
  #errors = "";

  /** Start a process, and wait until it is ready. */
  static async start(
    name: string,
    command: readonly [string, ...string[]],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Contender> {
    const contender = new Contender(name, command, env);
    await contender.#answer();
    return contender;
  }

  private constructor(name: string, [file, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
    this.name = name;
    this.#child = spawn(file, args, { env: { ...process.env, ...env }, stdio: "pipe" });
    this.#child.stderr!.on("data", (text) => (this.#errors += String(text)));
    this.#reader = createInterface({ input: this.#child.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => this.#child.on("close", resolve));
  }

  async step(): Promise<StepReport> {
    this.#child.stdin!.write("step\n");
    return (await this.#answer()) as StepReport;
  }

  async end(): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended;
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done !== true) return JSON.parse(line.value) as unknown;
    throw new Error(`${this.name} ended with ${await this.#ended}: ${this.#errors.slice(-2000)}`);
  }
}
