import { MattelierError, messageOf } from "../util/errors.js";

/** What errors call a model: the last part of its URL's path. */
export function nameOfModel(model: string | Uint8Array): string {
  if (typeof model !== "string") return "model";
  const path = model.replace(/[?#].*$/, "");
  return path.slice(path.lastIndexOf("/") + 1) || model;
}

/**
 * The bytes of a model at a URL.
 * @throws MattelierError `not-found`, `download-failed`
 */
export async function fetchModel(url: string): Promise<Uint8Array> {
  const facts = { where: url, expected: "a model file" };
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new MattelierError({ ...facts, code: "download-failed", got: messageOf(cause), cause });
  }
  const got = `status ${response.status} ${response.statusText}`.trim();
  throw new MattelierError({
    ...facts,
    code: response.status === 404 || response.status === 410 ? "not-found" : "download-failed",
    got,
  });
}
