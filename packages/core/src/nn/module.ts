import { Tensor } from "../graph/index.js";
import { MattelierError } from "../util/index.js";
import { contextOf, Parameter, StateBuffer } from "./parameter.js";

/**
 * A network or a part of one. Fields that hold parameters, buffers, modules, or arrays and plain objects of them
 * make the state dict: the path of fields is the key, as in PyTorch (`enc1.0.weight`). A module is called like a
 * function; `forward` says what it computes.
 *
 * @typeParam In the inputs of `forward`
 * @typeParam Out a tensor, or several in an array or a record (heads by name)
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the constructor makes it callable
export abstract class Module<In extends readonly unknown[] = [Tensor], Out = Tensor> {
  /** The instance is a function with this class's prototype, so that `this.enc1(x)` is a call. */
  constructor() {
    const call = (...inputs: In): Out => {
      const [tensor] = tensorsIn(inputs);
      if (tensor === undefined) throw noTensor(new.target.name);
      return contextOf(tensor.b).enter(module, () => module.forward(...inputs));
    };
    for (const key of Reflect.ownKeys(call)) Reflect.deleteProperty(call, key); // name and length are field names
    const module = Object.setPrototypeOf(call, new.target.prototype as object) as this;
    return module;
  }

  abstract forward(...inputs: In): Out;
}

/** The call signature that the constructor provides: a class alone cannot state it. */
export interface Module<In extends readonly unknown[] = [Tensor], Out = Tensor> {
  (...inputs: In): Out;
}

/** Any module, whatever it takes and gives. */
export type AnyModule = Module<never[], unknown>;

export function isModule(item: unknown): item is AnyModule {
  return item instanceof Module;
}

/** What maps a tensor to a tensor: a module, or a plain function such as `relu`. */
export type Layer = (x: Tensor) => Tensor;

/** Something in a model, and the path of fields that leads to it. */
export interface Member<T> {
  readonly path: string;
  readonly item: T;
}

export interface Members {
  /** The model itself, at "", and all modules in it. */
  readonly modules: readonly Member<AnyModule>[];
  /** Parameters and buffers in PyTorch's order: per module its parameters, its buffers, its submodules. */
  readonly state: readonly Member<Parameter | StateBuffer>[];
}

/**
 * Everything in a model.
 * @throws MattelierError `invalid-model` where one object stands at two paths
 */
export function membersOf(model: AnyModule): Members {
  const modules: Member<AnyModule>[] = [];
  const state: Member<Parameter | StateBuffer>[] = [];
  const seen = new Map<object, string>();

  const once = (item: object, path: string): void => {
    const before = seen.get(item);
    if (before !== undefined) throw twice(before, path);
    seen.set(item, path);
  };
  const visit = (module: AnyModule, path: string): void => {
    once(module, path);
    modules.push({ path, item: module });
    visitFields(Object.entries(module), path);
  };
  const visitFields = (fields: readonly (readonly [string, unknown])[], path: string): void => {
    const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
    for (const kind of [Parameter, StateBuffer]) {
      for (const [name, item] of fields) {
        if (!(item instanceof kind)) continue;
        once(item, at(name));
        state.push({ path: at(name), item });
      }
    }
    for (const [name, item] of fields) {
      if (isModule(item)) visit(item, at(name));
      else if (isContainer(item)) visitFields(Object.entries(item), at(name));
    }
  };
  visit(model, "");
  return { modules, state };
}

function isContainer(item: unknown): item is object {
  if (typeof item !== "object" || item === null) return false;
  return Array.isArray(item) || Object.getPrototypeOf(item) === Object.prototype;
}

/** All tensors in a module's inputs or outputs, with the path of keys that leads to each ("" for a bare one). */
export function namedTensors(item: unknown, path = ""): [string, Tensor][] {
  if (item instanceof Tensor) return [[path, item]];
  if (!isContainer(item)) return [];
  return Object.entries(item).flatMap(([key, part]) =>
    namedTensors(part, path === "" ? key : `${path}.${key}`),
  );
}

function tensorsIn(item: unknown): Tensor[] {
  return namedTensors(item).map(([, tensor]) => tensor);
}

function noTensor(name: string): MattelierError {
  return new MattelierError({
    code: "invalid-argument",
    where: name,
    expected: "a tensor among the inputs",
    got: "none",
  });
}

function twice(first: string, second: string): MattelierError {
  return new MattelierError({
    code: "invalid-model",
    where: second,
    expected: "each module and parameter at one path",
    got: `the one that is at ${first === "" ? "the root" : first} too`,
    fix: "keep it in one field, and call that field wherever it is used",
  });
}
