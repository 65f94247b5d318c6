import type { RuleTable } from "../../graph/index.js";

export const resizeRules = {} satisfies Partial<RuleTable>;
