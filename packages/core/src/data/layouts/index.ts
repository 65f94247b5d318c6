export { findDataset, layouts, type LayoutName, type FindOptions } from "./find-dataset.js";
export { linesOf } from "./list-files.js";
export { picturesBelow } from "./folder.js";
