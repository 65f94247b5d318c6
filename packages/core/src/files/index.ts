export { ensureFolder } from "./ensure-folder.js";
export { errnoOf, fileError } from "./file-error.js";
export { readIfThere } from "./read-if-there.js";
export { removeUnfinished, replaceFile } from "./replace-file.js";
