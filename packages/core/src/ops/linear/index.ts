import type { RuleTable } from "../../graph/index.js";

export const linearRules = {} satisfies Partial<RuleTable>;
