import { architecture, unetWith, type ModelDefinition } from "@mattelier/core/models";
import type { OptimiserSpec } from "@mattelier/core/optim";
import { createRng, type TensorData } from "@mattelier/core/util";
import type { StepDefinition } from "../../packages/core/src/train/step-definition.js";

interface Contest {
  readonly title: string;
  readonly network: () => ModelDefinition;
  readonly batch: number;
  readonly sizePx: number;
  readonly optimiser: OptimiserSpec;
}

const adam = { kind: "adam", lr: 1e-3 } as const;

/** What is trained, by the name that bench/peers/networks.py knows it by. */
export const CONTESTS: Readonly<Record<string, Contest>> = {
  unet: {
    title: "U-Net base 32",
    network: () => unetWith({ base: 32 }),
    batch: 4,
    sizePx: 256,
    optimiser: adam,
  },
  u2netp: {
    title: "U²-Net-p",
    network: () => architecture("u2netp"),
    batch: 4,
    sizePx: 256,
    optimiser: adam,
  },
  modnet: {
    title: "MODNet",
    network: () => architecture("modnet"),
    batch: 8,
    sizePx: 256,
    optimiser: { kind: "sgd", lr: 0.01, momentum: 0.9 },
  },
};

/** The step of a contest as a definition, by its paper's loss. */
export function stepOf({ network, batch, sizePx, optimiser }: Contest): Omit<StepDefinition, "evaluations"> {
  const definition = network();
  const model = definition.create();
  const input = (channels: number) => ({ shape: [batch, channels, sizePx, sizePx] });
  return {
    model,
    inputs: {
      image: input(3),
      target: input(1),
      ...(definition.needsTrimap === true ? { trimap: input(1) } : {}),
    },
    loss: ({ image, target, trimap }) =>
      definition.loss(model(image!), {
        image: image!,
        target: target!,
        ...(trimap === undefined ? {} : { trimap }),
      }),
    optimiser,
  };
}

/** Smooth discs with soft edges on noise: a batch with something to learn. */
export function batchOf(contest: Contest): Record<string, TensorData> {
  const { batch, sizePx } = contest;
  const rng = createRng(3);
  const plane = sizePx * sizePx;
  const target = new Float32Array(batch * plane);
  for (let n = 0; n < batch; n++) {
    const [x0, y0, radius] = [
      0.3 + 0.4 * rng.uniform(),
      0.3 + 0.4 * rng.uniform(),
      0.15 + 0.2 * rng.uniform(),
    ];
    for (let i = 0; i < plane; i++) {
      const [x, y] = [(i % sizePx) / sizePx, Math.floor(i / sizePx) / sizePx];
      const inside = (radius - Math.hypot(x - x0, y - y0)) * 40 + 0.5;
      target[n * plane + i] = Math.min(1, Math.max(0, inside));
    }
  }
  const image = Float32Array.from({ length: 3 * batch * plane }, (_, i) => {
    const n = Math.floor(i / (3 * plane));
    return 0.7 * target[n * plane + (i % plane)]! + 0.3 * rng.normal();
  });
  const trimap = target.map((a) => (a === 0 || a === 1 ? a : 0.5));
  const tensor = (data: Float32Array<ArrayBuffer>, channels: number): TensorData => ({
    dtype: "float32",
    shape: [batch, channels, sizePx, sizePx],
    data,
  });
  const needsTrimap = contest.network().needsTrimap === true;
  return {
    image: tensor(image, 3),
    target: tensor(target, 1),
    ...(needsTrimap ? { trimap: tensor(trimap, 1) } : {}),
  };
}
