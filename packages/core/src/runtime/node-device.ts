import { InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
import type { Device } from "./device.js";
import { ortOptions, type PlainNodeOptions } from "./node-options.js";
import { ortBuild, providersToTry } from "./node-providers.js";
import { OrtDevice } from "./ort-device.js";

/**
 * A provider of onnxruntime-node as a device, in the calling thread.
 * @throws MattelierError `provider-missing` when it is not installed
 */
export function createNodeDevice({ provider: asked = "cpu", ...options }: PlainNodeOptions): Device {
  const provider = providersToTry(asked, ortBuild(listSupportedBackends())).names[0]!;
  return new OrtDevice({
    provider,
    tensor: Tensor,
    location: provider === "cpu" ? "cpu" : "gpu-buffer",
    create: (model, locations) =>
      InferenceSession.create(model, { ...ortOptions(options, provider), ...locations }),
  });
}
