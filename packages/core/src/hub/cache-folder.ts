import { homedir, platform } from "node:os";
import { join } from "node:path";

export interface CacheFolderOptions {
  /** Default: this machine's. */
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
  /** What the environment says of the user's folders; the application reads it and passes it on. */
  readonly xdgCacheHome?: string | undefined;
  readonly localAppData?: string | undefined;
}

/**
 * Where models are kept when nobody says: `$XDG_CACHE_HOME/mattelier` or `~/.cache/mattelier`, on macOS
 * `~/Library/Caches/mattelier`, on Windows `%LOCALAPPDATA%\mattelier\Cache`.
 */
export function defaultCacheDir(options: CacheFolderOptions = {}): string {
  const home = options.home ?? homedir();
  switch (options.platform ?? platform()) {
    case "win32":
      return join(options.localAppData ?? join(home, "AppData", "Local"), "mattelier", "Cache");
    case "darwin":
      return join(home, "Library", "Caches", "mattelier");
    default:
      // The XDG specification: relative paths there are to be ignored.
      return join(
        options.xdgCacheHome?.startsWith("/") ? options.xdgCacheHome : join(home, ".cache"),
        "mattelier",
      );
  }
}
