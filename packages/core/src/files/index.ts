export { ensureFolder } from "./ensure-folder.js";
export { errnoOf, fileError } from "./file-error.js";
export { removeUnfinished, replaceFile } from "./replace-file.js";
