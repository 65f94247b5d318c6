import type { RuleTable } from "../../graph/index.js";

export const normalisationRules = {} satisfies Partial<RuleTable>;
