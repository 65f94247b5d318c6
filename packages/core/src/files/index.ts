export { errnoOf, fileError } from "./file-error.js";
export { replaceFile } from "./replace-file.js";
