/** First opset of ONNX's own domain that needs each version of the file format. Source: ONNX docs, Versioning. */
const FIRST_OPSETS: readonly (readonly [opset: number, irVersion: number])[] = [
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
  [9, 4],
  [1, 3],
];

/** The version of the file format that an opset came with. */
export function irVersionFor(opset: number): number {
  return FIRST_OPSETS.find(([first]) => opset >= first)?.[1] ?? 3;
}
