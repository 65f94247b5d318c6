import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { replaceFile } from "@mattelier/core/files";
import { encodeImage, type OutputFormat } from "@mattelier/core/image";
import type { Remover, RemoveOptions, StageTimes } from "@mattelier/core/infer";
import { MattelierError } from "@mattelier/core/util";
import { withExtension, type PlannedPicture } from "../files/plan-outputs.js";

export interface OnePictureOptions {
  readonly remove: RemoveOptions;
  readonly format: OutputFormat | undefined;
  readonly quality: number | undefined;
}

/** What became of a picture. */
export interface Done {
  readonly output: string;
  readonly source: { readonly format: string; readonly widthPx: number; readonly heightPx: number };
  readonly result: {
    readonly format: OutputFormat;
    readonly widthPx: number;
    readonly heightPx: number;
    readonly bytes: number;
  };
  readonly warnings: readonly string[];
  readonly ms: StageTimes & { readonly encode: number; readonly total: number };
}

/**
 * Read, cut out, encode and write one picture.
 * @throws MattelierError as `remove` and `encodeImage`; `invalid-argument` for a result in its picture's own place;
 *   `unwritable`
 */
export async function onePicture(
  remover: Remover,
  { source, output }: PlannedPicture,
  { remove, format, quality }: OnePictureOptions,
): Promise<Done> {
  refuseOverwriting(source.path, output);
  const start = performance.now();
  const fromStdin = source.path === "-";
  const input = fromStdin ? await readStdin() : source.path;
  const removed = await remover.remove(input, {
    ...remove,
    where: fromStdin ? "standard input" : source.path,
  });

  const began = performance.now();
  const { image, ms } = removed;
  const animated = image.frames.length > 1;
  const written = format ?? (animated ? "webp" : "png");
  const bytes = await encodeImage(image, {
    format: written,
    where: source.path,
    ...(quality === undefined ? {} : { quality }),
    ...(remove.signal === undefined ? {} : { signal: remove.signal }),
  });
  const encode = performance.now() - began;

  const path = format === undefined && animated && output !== "-" ? withExtension(output, ".webp") : output;
  if (path === "-") await writeStdout(bytes);
  else {
    refuseOverwriting(source.path, path);
    await replaceFile(path, bytes);
  }
  const { widthPx, heightPx } = image.frames[0]!.picture;
  return {
    output: path,
    source: {
      format: removed.source.format,
      widthPx: removed.source.widthPx,
      heightPx: removed.source.heightPx,
    },
    result: { format: written, widthPx, heightPx, bytes: bytes.length },
    warnings: removed.source.warnings,
    ms: { ...ms, encode, total: performance.now() - start },
  };
}

async function readStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY)
    throw new MattelierError({
      code: "invalid-argument",
      where: "standard input",
      expected: "a picture piped in",
      got: "a terminal",
      fix: "for instance: cat photo.jpg | mattelier remove - > cutout.png.",
    });
  return buffer(process.stdin);
}

async function writeStdout(bytes: Uint8Array): Promise<void> {
  if (process.stdout.isTTY)
    throw new MattelierError({
      code: "invalid-argument",
      where: "standard output",
      expected: "a file or a pipe for the picture's bytes",
      got: "a terminal",
      fix: "add > cutout.png, or --output cutout.png.",
    });
  // One that cannot be written ends the process: see whenStdoutFails.
  await new Promise<void>((written) => {
    process.stdout.write(bytes, (error) => {
      if (!error) written();
    });
  });
}

function refuseOverwriting(picture: string, output: string): void {
  if (picture === "-" || output === "-" || resolve(picture) !== resolve(output)) return;
  throw new MattelierError({
    code: "invalid-argument",
    where: picture,
    expected: "another file for the result than the picture itself",
    got: output,
    fix: "choose another --output.",
  });
}
