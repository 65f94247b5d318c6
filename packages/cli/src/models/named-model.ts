import { modelNames } from "@mattelier/core/hub";
import { architectures } from "@mattelier/core/models";
import { MattelierError, unknownName } from "@mattelier/core/util";
import { cacheDirFrom } from "./cache-dir.js";

const networks = architectures.map(({ name }) => name);

/**
 * Find a model by the name that the user gave. Where there is none of that name, the error knows our networks too: a
 * network has no weights of its own, so it is no model yet.
 */
export async function namedModel<T>(name: string | undefined, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (name === undefined || !networks.includes(name) || !isUnknownModel(error)) throw error;
    const { code, where, expected, got } = error;
    throw new MattelierError({
      code,
      where,
      expected,
      got: `${got}, a network without weights`,
      fix: `mattelier import FILE --model ${name} -o ${name}.onnx makes a model of published weights`,
      cause: error,
    });
  }
}

/** The error of a name that is neither a model's nor a network's; suggests the nearest of both. */
export async function unknownModelOrNetwork(name: string): Promise<MattelierError> {
  const models = await modelNames({ cacheDir: cacheDirFrom(process.env) });
  return unknownName("model or network", name, [...new Set([...models, ...networks])]);
}

export const isUnknownModel = (error: unknown): error is MattelierError =>
  error instanceof MattelierError && error.code === "unknown-name" && error.where === "model";
