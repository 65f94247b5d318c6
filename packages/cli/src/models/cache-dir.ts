import { resolve } from "node:path";
import { defaultCacheDir } from "@mattelier/core/hub";

/** The folder for models: MATTELIER_CACHE, else the platform's cache folder. The library reads no environment. */
export function cacheDirFrom(env: Readonly<Record<string, string | undefined>>): string {
  const chosen = env["MATTELIER_CACHE"];
  if (chosen !== undefined && chosen !== "") return resolve(chosen);
  return defaultCacheDir({ xdgCacheHome: env["XDG_CACHE_HOME"], localAppData: env["LOCALAPPDATA"] });
}
