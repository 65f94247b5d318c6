import type { RuleTable } from "../../graph/index.js";

export const movementRules = {} satisfies Partial<RuleTable>;
