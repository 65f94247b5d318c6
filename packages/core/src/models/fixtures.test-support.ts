import { existsSync, readFileSync } from "node:fs";
import { decodeSafetensors } from "../checkpoint/safetensors.js";
import { membersOf, Parameter, type AnyModule } from "../nn/index.js";
import { hash32, sizeOf, type TensorData } from "../util/index.js";
import type { ModelDefinition } from "./index.js";

// Expected values that PyTorch computed with the papers' own code: see the README of ../shared/fixtures.

const folder = new URL("../../../../../shared/fixtures/", import.meta.url);
export const fixturesAreHere = existsSync(folder);

export interface Fixture {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly gain_eval: number;
  readonly gain_train: number;
  readonly state_dict: readonly (readonly [string, number[], string])[];
  readonly parameters: number;
  readonly feature_stats?: Readonly<Record<string, readonly [number[], number, number]>>;
  readonly optimizer: { readonly kind: "adam" | "sgd"; readonly lr: number; readonly momentum?: number };
  readonly gradients: Readonly<Record<string, readonly [number, number]>>;
  readonly running_stats_after_one_forward: Readonly<Record<string, readonly [number, number]>>;
  readonly loss_trajectory: readonly number[];
  readonly tensors: ReadonlyMap<string, TensorData>;
}

/** Fixture → our name of the network. */
export const NETWORKS = {
  u2netp: "u2netp",
  u2net: "u2net",
  isnet: "isnet",
  isnet_gt: "isnet-gt",
  modnet: "modnet",
  inspyrenet_res2net50: "inspyrenet-res2net50",
  inspyrenet_swinb: "inspyrenet-swinb",
} as const;
export type FixtureName = keyof typeof NETWORKS;

export function readFixture(name: string): Fixture {
  const json = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Omit<Fixture, "tensors">;
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.safetensors`, folder)));
  return { ...json, tensors: decodeSafetensors(bytes).tensors };
}

/**
 * The weights that the fixtures' formula gives; integer buffers keep what the network gives them.
 * @param official the key that the formula reads, where it is not the path
 */
export function formulaState(
  model: AnyModule,
  gain: number,
  official: (path: string) => string = (path) => path,
): Map<string, TensorData> {
  return new Map(
    membersOf(model).state.map(({ path, item }): [string, TensorData] => {
      if (!(item instanceof Parameter) && item.initial.dtype !== "float32") return [path, item.initial];
      const shape = item instanceof Parameter ? item.shape : item.initial.shape;
      return [path, { dtype: "float32", shape, data: formula(official(path), shape, gain) }];
    }),
  );
}

/** The same for a network of the registry: what official code holds at two keys got the formula of the later one. */
export function officialState(
  { create, aliases = {} }: ModelDefinition,
  gain: number,
): Map<string, TensorData> {
  return formulaState(create(), gain, (path) => {
    const found = Object.entries(aliases).find(([, own]) => path.startsWith(own));
    return found === undefined ? path : found[0] + path.slice(found[1].length);
  });
}

function formula(key: string, shape: readonly number[], gain: number): Float32Array {
  const of = ruleFor(key, shape, gain);
  return uniform(key, sizeOf(shape), of);
}

function ruleFor(key: string, shape: readonly number[], gain: number): (u: number) => number {
  if (key.endsWith("running_var")) return (u) => 0.5 + u;
  if (key.endsWith("running_mean")) return (u) => 0.2 * (u - 0.5);
  if (key.includes("relative_position_bias_table")) return (u) => 0.4 * (u - 0.5);
  if (shape.length >= 2) {
    const bound = Math.sqrt(3 / sizeOf(shape.slice(1)));
    return (u) => (2 * u - 1) * bound * gain;
  }
  if (key.endsWith("gamma")) return (u) => 0.5 * u;
  if (key.endsWith("threshold")) return (u) => 0.4 + 0.2 * u;
  if (key.endsWith("weight") && shape.length === 1) return (u) => 0.5 + u;
  return (u) => 0.2 * (u - 0.5);
}

function uniform(name: string, count: number, of: (u: number) => number): Float32Array {
  const seed = hash32(name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let x = (seed + Math.imul(i, 0x9e3779b9)) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    values[i] = of(((x ^ (x >>> 16)) >>> 0) / 2 ** 32);
  }
  return values;
}

/** A gradient in two numbers: its L2 norm, and its dot product with the probe of its key. */
export function summaryOf(key: string, gradient: ArrayLike<number>): readonly [norm: number, probe: number] {
  const probe = uniform(`probe:${key}`, gradient.length, (u) => 2 * u - 1);
  let [squares, dot] = [0, 0];
  for (let i = 0; i < gradient.length; i++) {
    squares += gradient[i]! ** 2;
    dot += gradient[i]! * probe[i]!;
  }
  return [Math.sqrt(squares), dot];
}

/** Mean and population deviation. */
export function momentsOf(values: ArrayLike<number>): readonly [mean: number, deviation: number] {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return [mean, Math.sqrt(squares / values.length)];
}
