import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Debian's Chromium brings SwiftShader, a Vulkan device in software: the GPU's path without a GPU. */
const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Let Vulkan, in this process, use SwiftShader. @returns whether it and Vulkan's loader (libvulkan1) are here */
export function useSwiftShader(): boolean {
  if (!existsSync(DRIVER) || !hasVulkanLoader()) return false;
  process.env["VK_ICD_FILENAMES"] ??= DRIVER;
  return true;
}

function hasVulkanLoader(): boolean {
  try {
    return execFileSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" }).includes("libvulkan.so.1 ");
  } catch {
    return false; // not Linux
  }
}
