// One contender of the remove bench in a process of its own, so that its memory can be told from the other's.
// Plain JavaScript on built packages: a TypeScript loader would count into it. Started by fork with the contender's
// name; each message is a photo's path, each answer `{ ms, stages, bytes, peakBytes }`.
import { pathToFileURL } from "node:url";

/** @returns a function from a photo's path to its cut-out as PNG, and where the time went */
const contenders = {
  async ours() {
    const { createRemover } = await import("@mattelier/core/infer");
    const { encodeImage } = await import("@mattelier/core/image");
    const remover = await createRemover({ model: "isnet-imgly", cacheDir: process.argv[3] });
    return async (path) => {
      const { image, ms } = await remover.remove(path);
      const began = performance.now();
      const png = await encodeImage(image, { format: "png" });
      return { bytes: png.length, stages: { ...ms, encode: performance.now() - began } };
    };
  },
  async imgly() {
    const { removeBackground } = await import("@imgly/background-removal-node");
    return async (path) => {
      const blob = await removeBackground(pathToFileURL(path).href);
      return { bytes: (await blob.arrayBuffer()).byteLength, stages: {} };
    };
  },
};

const ready = contenders[process.argv[2]]();
process.on("message", async (path) => {
  const cutOut = await ready;
  const began = performance.now();
  const { bytes, stages } = await cutOut(path);
  const ms = performance.now() - began;
  process.send({ ms, bytes, stages, peakBytes: process.resourceUsage().maxRSS * 1024 });
});
