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
  /** The least that works: sharp and onnxruntime-node as they come, a stretched matte, the picture's own colours. */
  async bare() {
    const [{ default: sharp }, { InferenceSession, Tensor }, { openModel }] = await Promise.all([
      import("sharp"),
      import("onnxruntime-node"),
      import("@mattelier/core/hub"),
    ]);
    const model = await openModel("isnet-imgly", { cacheDir: process.argv[3] });
    const { mean, std, scale, input } = model.preprocessing;
    const { widthPx: side } = input;
    const session = await InferenceSession.create(model.path);
    const [inputName] = session.inputNames;
    const [outputName] = session.outputNames;
    return async (path) => {
      const rgb = await sharp(path).removeAlpha().resize(side, side, { fit: "fill" }).raw().toBuffer();
      const data = new Float32Array(3 * side * side);
      for (let c = 0, to = 0; c < 3; c++)
        for (let from = c; from < rgb.length; from += 3) data[to++] = (rgb[from] / scale - mean[c]) / std[c];
      const feeds = { [inputName]: new Tensor("float32", data, [1, 3, side, side]) };
      const { [outputName]: matte } = await session.run(feeds, [outputName]);
      const bytes = Uint8Array.from(matte.data, (value) => 255 * value);
      const photo = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const { width, height } = photo.info;
      const alpha = await sharp(bytes, { raw: { width: side, height: side, channels: 1 } })
        .resize(width, height, { fit: "fill" })
        .extractChannel(0)
        .raw()
        .toBuffer();
      const png = await sharp(photo.data, { raw: photo.info })
        .joinChannel(alpha, { raw: { width, height, channels: 1 } })
        .png()
        .toBuffer();
      return { bytes: png.length, stages: {} };
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
