import type { RuleTable } from "../../graph/index.js";

export const reductionRules = {} satisfies Partial<RuleTable>;
