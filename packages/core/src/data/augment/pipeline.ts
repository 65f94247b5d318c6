import * as z from "zod";
import { checkedBy, MattelierError, unknownName, within, type Rng } from "../../util/index.js";
import { labelledImage, type LabelledImage } from "../labelled-image.js";
import type { Augmentation, GeometryStep, Others, Size } from "./augmentation.js";
import { applyColourMap, chainColours, mapColour, meanColour, type ColourMap } from "./colour-map.js";
import { compose, IDENTITY, scaling, type Homography } from "./homography.js";
import { augmentations } from "./registry.js";
import { warp } from "./warp.js";

/**
 * One step as written in a configuration: the augmentation's name with its settings, and how likely it is:
 * `{ "flip": {}, "probability": 0.5 }`, or the bare name for settings at their defaults.
 */
export type AugmentationEntry = string | Readonly<Record<string, unknown>>;

interface Step {
  readonly augmentation: Augmentation<unknown>;
  readonly config: unknown;
  readonly probability: number;
}

/** A checked list of augmentations. */
export interface AugmentationPipeline {
  /** What each step does, in order. */
  readonly kinds: readonly Augmentation<unknown>["kind"][];
  /** Whether a step takes background photos. */
  readonly needsBackgrounds: boolean;
  /**
   * Vary one picture; all randomness comes from `rng`, so the same stream gives the same result. With a `size`, what
   * the list leaves at another one is stretched to it, within the same resampling where geometry comes last.
   *
   * @param others what is mixed in; steps that mix are left out where there is nothing
   */
  run(image: LabelledImage, rng: Rng, others: Others | undefined, size?: Size): Promise<LabelledImage>;
}

/**
 * Check a list of augmentations.
 * @throws MattelierError `unknown-name` (suggests the nearest) or `invalid-config` with the key's path
 */
export function createPipeline(
  entries: readonly AugmentationEntry[],
  where = "augment",
): AugmentationPipeline {
  const steps = entries.map((entry, i) => parseEntry(entry, `${where}[${i}]`));
  return {
    kinds: steps.map((step) => step.augmentation.kind),
    needsBackgrounds: steps.some(
      ({ augmentation, config }) =>
        augmentation.kind === "mix" && augmentation.needsBackgrounds?.(config) === true,
    ),
    run: (image, rng, others, size) => runSteps(steps, image, { rng, others, size }),
  };
}

const probabilitySchema = z.number().min(0).max(1).default(1);

function parseEntry(entry: AugmentationEntry, where: string): Step {
  const record = typeof entry === "string" ? { [entry]: {} } : entry;
  const names = Object.keys(record).filter((key) => key !== "probability");
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw invalid(
      where,
      "one augmentation with its settings",
      names.length === 0 ? "none" : names.join(", "),
    );
  const augmentation = augmentations.find((a) => a.name === name);
  if (augmentation === undefined)
    throw unknownName(
      where,
      name,
      augmentations.map((a) => a.name),
    );
  const check = <T>(schema: z.ZodType<T>, key: string): T =>
    checkedBy(schema, record[key], { where: within(`${where}.${key}`), code: "invalid-config" });
  return {
    augmentation,
    config: check(augmentation.schema, name),
    probability: check(probabilitySchema, "probability"),
  };
}

const invalid = (where: string, expected: string, got: string): MattelierError =>
  new MattelierError({ code: "invalid-config", where, expected, got });

async function runSteps(
  steps: readonly Step[],
  image: LabelledImage,
  {
    rng,
    others,
    size,
  }: { readonly rng: Rng; readonly others: Others | undefined; readonly size: Size | undefined },
): Promise<LabelledImage> {
  let current = image;
  /** Geometry not yet resampled: the size it leads to, and its map back to `current`. */
  let pending: { widthPx: number; heightPx: number; backward: Homography } | undefined;
  /** Tone not yet applied. */
  let tone: ColourMap | undefined;
  let owned = false;

  const own = (): void => {
    if (!owned) current = { ...current, rgbU8: current.rgbU8.slice() };
    owned = true;
  };
  const flushTone = (): void => {
    if (tone === undefined) return;
    own();
    applyColourMap(tone, current.rgbU8);
    tone = undefined;
  };
  const flush = (displacement?: GeometryStep["displacement"]): void => {
    if (pending === undefined && displacement === undefined) return;
    const { widthPx, heightPx, backward } = pending ?? { ...current, backward: IDENTITY };
    current = warp(current, { widthPx, heightPx, backward, displacement, outside: "edge" });
    pending = undefined;
    owned = true;
  };

  for (const [i, { augmentation, config, probability }] of steps.entries()) {
    // Each step has a stream of its own: changing one leaves the draws of the others as they were.
    const draws = rng.fork(`${i}:${augmentation.name}`);
    if (draws.uniform() >= probability) continue;
    if (augmentation.kind === "mix") {
      if (others === undefined) continue;
      flushTone();
      flush();
      current = await augmentation.mix(config, current, draws, others);
      owned = false;
      continue;
    }
    if (augmentation.kind === "tone") {
      flush();
      const mean = (): readonly [number, number, number] => {
        const before = meanColour(current.rgbU8);
        return tone === undefined ? before : mapColour(tone, before);
      };
      const map = augmentation.map(config, mean, draws);
      tone = tone === undefined ? map : chainColours(tone, map);
      continue;
    }
    flushTone();
    if (augmentation.kind === "geometry") {
      const { widthPx, heightPx } = pending ?? current;
      const step = augmentation.plan(config, { widthPx, heightPx }, draws);
      if (step.displacement !== undefined) {
        flush();
        flush(step.displacement);
      } else pending = { ...step.size, backward: compose(pending?.backward ?? IDENTITY, step.backward) };
      continue;
    }
    flush();
    own();
    await augmentation.recolour(config, current.rgbU8, current, draws);
  }
  flushTone();
  const { widthPx, heightPx } = pending ?? current;
  if (size !== undefined && (widthPx !== size.widthPx || heightPx !== size.heightPx)) {
    const fit = scaling(widthPx / size.widthPx, heightPx / size.heightPx);
    pending = { ...size, backward: compose(pending?.backward ?? IDENTITY, fit) };
  }
  flush();
  return labelledImage(current);
}
