import type { RuleTable } from "../../graph/index.js";

export const quantisationRules = {} satisfies Partial<RuleTable>;
