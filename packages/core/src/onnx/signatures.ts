interface Known {
  readonly got: string;
  readonly fix?: string;
}

const startsWith =
  (text: string, at = 0) =>
  (head: Uint8Array): boolean =>
    head.length >= at + text.length && text.split("").every((c, i) => head[at + i] === c.charCodeAt(0));

/** Texts that a model's own strings might hold at that place: only after a small little-endian number. */
const after =
  (zeros: readonly number[], text: string, at: number) =>
  (head: Uint8Array): boolean =>
    zeros.every((i) => head[i] === 0) && startsWith(text, at)(head);

const REEXPORT = "export the model to ONNX first";

/** Text by every byte; a model begins with the tag of its IR version, byte 8. */
const isText = (head: Uint8Array): boolean =>
  head.length >= 8 && head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));

/** What people hand over by mistake, by the first bytes. None of these can begin an ONNX model. */
const SIGNATURES: readonly (readonly [(head: Uint8Array) => boolean, Known])[] = [
  [
    startsWith("version https://git-lfs"),
    { got: "a Git LFS pointer, not the file it stands for", fix: "run git lfs pull where it comes from" },
  ],
  [
    after([2, 3], "ORTM", 4),
    { got: "an ORT format model (.ort)", fix: "use the .onnx file it was made from" },
  ],
  [after([2, 3], "TFL3", 4), { got: "a TensorFlow Lite model", fix: REEXPORT }],
  [startsWith("PK\x03\x04"), { got: "a zip archive (PyTorch checkpoints are such)", fix: REEXPORT }],
  [startsWith("\x80\x02"), { got: "a Python pickle (old PyTorch checkpoints are such)", fix: REEXPORT }],
  [startsWith("\x1f\x8b"), { got: "a gzip archive", fix: "unpack it first" }],
  [startsWith("\x89HDF"), { got: "an HDF5 file (Keras weights are such)", fix: REEXPORT }],
  [after([4, 5, 6, 7], '{"', 8), { got: "a safetensors file", fix: REEXPORT }],
  [startsWith("\x89PNG"), { got: "a PNG picture" }],
  [startsWith("\xff\xd8\xff"), { got: "a JPEG picture" }],
  [startsWith("<!DOCTYPE"), { got: "an HTML page", fix: "download the model itself, not the page about it" }],
  [startsWith("<html"), { got: "an HTML page", fix: "download the model itself, not the page about it" }],
  [isText, { got: "text" }],
];

/** What a file is that is no ONNX model, if its first bytes tell. */
export function describeContents(head: Uint8Array): Known | undefined {
  return SIGNATURES.find(([matches]) => matches(head))?.[1];
}
