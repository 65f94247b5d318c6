import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultCacheDir } from "./cache-folder.js";

describe("defaultCacheDir", () => {
  const home = join("/home", "u");

  it("follows each platform's custom", () => {
    expect(defaultCacheDir({ platform: "linux", home })).toBe(join(home, ".cache", "mattelier"));
    expect(defaultCacheDir({ platform: "linux", home, xdgCacheHome: "/cache" })).toBe("/cache/mattelier");
    expect(defaultCacheDir({ platform: "linux", home, xdgCacheHome: "relative" })).toBe(
      join(home, ".cache", "mattelier"),
    );
    expect(defaultCacheDir({ platform: "linux", home, xdgCacheHome: "" })).toBe(
      join(home, ".cache", "mattelier"),
    );
    expect(defaultCacheDir({ platform: "darwin", home })).toBe(join(home, "Library", "Caches", "mattelier"));
    expect(defaultCacheDir({ platform: "win32", home, localAppData: "D:\\Data" })).toBe(
      join("D:\\Data", "mattelier", "Cache"),
    );
    expect(defaultCacheDir({ platform: "win32", home })).toBe(
      join(home, "AppData", "Local", "mattelier", "Cache"),
    );
  });
});
