import { unknownName } from "../util/index.js";
import type { ModelDefinition } from "./definition.js";
import { inspyrenetRes2Net50, inspyrenetSwinB } from "./inspyrenet.js";
import { isnet, isnetGt } from "./isnet.js";
import { modnet } from "./modnet.js";
import { pvtMatte } from "./pvt-matte.js";
import { u2net, u2netp } from "./u2net.js";
import { unet } from "./unet.js";

export * from "./definition.js";
export { inputTensor } from "./input-tensor.js";
export { InSPyReNet, type Backbone, type InSPyReNetOptions } from "./inspyrenet.js";
export { featureLoss, ISNet, ISNetGTEncoder } from "./isnet.js";
export { MobileNetV2, type MobileNetV2Options, type Pyramid } from "./mobilenet-v2.js";
export { MODNet } from "./modnet.js";
export { networkFacts, type NetworkFacts } from "./network-facts.js";
export { PvtMatte } from "./pvt-matte.js";
export { PvtV2B0 } from "./pvt-v2.js";
export { blendPyramids, wholeViewSize } from "./pyramid-blending.js";
export { Res2Net50 } from "./res2net.js";
export { SwinB, type SwinOptions } from "./swin.js";
export { U2Net } from "./u2net.js";
export { UNet, unetWith, type UNetOptions } from "./unet.js";

/** Every network that can be built, trained and exported. */
export const architectures: readonly ModelDefinition[] = [
  unet,
  u2net,
  u2netp,
  isnet,
  isnetGt,
  modnet,
  inspyrenetRes2Net50,
  inspyrenetSwinB,
  pvtMatte,
];

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
