import type { Tensor } from "../../graph/index.js";
import { isModule, Module, type Layer } from "../module.js";

/**
 * Layers one after the other, with the keys "0", "1", … Plain functions count too, so that keys stay PyTorch's:
 * `sequential(conv(3, 64), batchNorm(64), relu)`.
 */
export class Sequential extends Module {
  readonly [index: number]: Layer;
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    super();
    Object.assign(this, layers);
    this.#layers = layers;
  }

  forward(x: Tensor): Tensor {
    return this.#layers.reduce(
      (y, layer, i) => (isModule(layer) ? layer(y) : y.b.scope(String(i), () => layer(y))),
      x,
    );
  }
}

export const sequential = (...layers: readonly Layer[]): Sequential => new Sequential(layers);
