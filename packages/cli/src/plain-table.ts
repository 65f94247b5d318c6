import Table from "cli-table3";

type Alignment = "left" | "right";

/** A table whose columns spaces alone part: it reads as well in a file as on a terminal. */
export function plainTable(head: readonly string[], align: readonly Alignment[] = []): Table.Table {
  return new Table({
    head: [...head],
    colAligns: head.map((_, column) => align[column] ?? "left"),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 1 },
    chars: PLAIN,
  });
}

const PLAIN = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};
