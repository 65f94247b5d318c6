import type { RuleTable } from "../../graph/index.js";

export const convolutionRules = {} satisfies Partial<RuleTable>;
