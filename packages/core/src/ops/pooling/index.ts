import type { RuleTable } from "../../graph/index.js";

export const poolingRules = {} satisfies Partial<RuleTable>;
