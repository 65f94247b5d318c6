import type { Builder, Graph, Value } from "../graph/index.js";

/** Collects the outputs of a graph under construction. An output is there once, and is no input and no constant. */
export class Outputs {
  readonly #b: Builder;
  readonly #values: Value[] = [];

  constructor(b: Builder) {
    this.#b = b;
  }

  /** @returns the output's name */
  add(value: Value): string {
    const isMade = this.#b.nodes.some(({ outputs }) => outputs.includes(value));
    const output =
      isMade && !this.#values.includes(value) ? value : this.#b.named(value, `${value.name}/output`);
    this.#values.push(output);
    return output.name;
  }

  build(name: string): Graph {
    return this.#b.build(this.#values, name);
  }
}
