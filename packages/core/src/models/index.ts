import { unknownName } from "../util/index.js";
import type { ModelDefinition } from "./definition.js";
import { isnet, isnetGt } from "./isnet.js";
import { modnet } from "./modnet.js";
import { u2net, u2netp } from "./u2net.js";
import { unet } from "./unet.js";

export * from "./definition.js";
export { inputTensor } from "./input-tensor.js";
export { featureLoss, ISNet, ISNetGTEncoder } from "./isnet.js";
export { MobileNetV2, type Pyramid } from "./mobilenet-v2.js";
export { MODNet } from "./modnet.js";
export { networkFacts, type NetworkFacts } from "./network-facts.js";
export { U2Net } from "./u2net.js";
export { UNet, unetWith, type UNetOptions } from "./unet.js";

/** Every network that can be built, trained and exported. */
export const architectures: readonly ModelDefinition[] = [unet, u2net, u2netp, isnet, isnetGt, modnet];

/** @throws MattelierError `unknown-name`, suggesting the nearest */
export function architecture(name: string): ModelDefinition {
  const found = architectures.find((definition) => definition.name === name);
  if (found !== undefined) return found;
  throw unknownName(
    "network",
    name,
    architectures.map((definition) => definition.name),
  );
}
