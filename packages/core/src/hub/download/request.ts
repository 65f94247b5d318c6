import { MattelierError } from "../../util/errors.js";

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly maxRedirects: number;
}

/**
 * Check that a text is an address to download from.
 * @throws MattelierError `invalid-argument` unless it is http or https without user name and password
 */
export function downloadUrl(text: string): URL {
  const refuse = (expected: string, got: string): never => {
    throw new MattelierError({ code: "invalid-argument", where: "download", expected, got });
  };
  if (!URL.canParse(text)) return refuse("a URL", JSON.stringify(text));
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return refuse("an http or https URL", `${url.protocol}//`);
  if (url.username !== "" || url.password !== "")
    return refuse("a URL without user name and password", `one for ${url.host}`);
  return url;
}

/** An address as people may see it: query strings can hold access tokens. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/**
 * GET, following redirects ourselves, so that every hop is checked: http(s) only, never from https to http.
 * @throws MattelierError `download-failed` for a redirect that is refused; whatever fetch throws for a broken connection
 */
export async function request(
  url: URL,
  { headers, signal, maxRedirects }: RequestOptions,
): Promise<Response> {
  let here = url;
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const response = await fetch(here, { headers, signal, redirect: "manual" });
    if (![301, 302, 303, 307, 308].includes(response.status)) return response;
    await response.body?.cancel();
    here = redirectTarget(here, response.headers.get("location"), url);
  }
  throw new MattelierError({
    code: "download-failed",
    where: shownUrl(url),
    expected: `at most ${maxRedirects} redirects`,
    got: "more",
  });
}

function redirectTarget(from: URL, location: string | null, first: URL): URL {
  const refuse = (expected: string, got: string): never => {
    throw new MattelierError({ code: "download-failed", where: shownUrl(first), expected, got });
  };
  if (location === null || !URL.canParse(location, from))
    return refuse("a redirect that says where to", location === null ? "none" : JSON.stringify(location));
  const to = new URL(location, from);
  if (to.protocol !== "https:" && to.protocol !== "http:")
    return refuse("redirects to http or https", `${to.protocol}//`);
  if (from.protocol === "https:" && to.protocol === "http:")
    return refuse("redirects that stay on https", `one to ${shownUrl(to)}`);
  return to;
}
