import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TensorData } from "@mattelier/core/util";

/** Float tensors of a state and a batch (`batch/NAME`) end to end in tensors.bin, what lies where in tensors.json. */
export function writeTensors(
  folder: string,
  state: ReadonlyMap<string, TensorData>,
  batch: Readonly<Record<string, TensorData>>,
): void {
  const tensors = [
    ...state,
    ...Object.entries(batch).map(([name, data]) => [`batch/${name}`, data] as const),
  ];
  const index: { name: string; shape: readonly number[]; offset: number }[] = [];
  const file = openSync(join(folder, "tensors.bin"), "w");
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (dtype !== "float32") continue;
    const { buffer, byteOffset, byteLength, length } = data as Float32Array;
    writeSync(file, new Uint8Array(buffer, byteOffset, byteLength));
    index.push({ name, shape, offset });
    offset += length;
  }
  closeSync(file);
  writeFileSync(join(folder, "tensors.json"), JSON.stringify(index));
}
