import type { RuleTable } from "../../graph/index.js";
import { averagePool } from "./average-pool.js";
import { globalAveragePool } from "./global-average-pool.js";
import { globalMaxPool } from "./global-max-pool.js";
import { maxPool } from "./max-pool.js";
import { maxUnpool } from "./max-unpool.js";

/** Operators that shrink a picture window by window. */
export const poolingRules = {
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
} satisfies Partial<RuleTable>;
