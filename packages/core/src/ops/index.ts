import { Builder, type RuleTable } from "../graph/index.js";
import { convolutionRules } from "./convolution/index.js";
import { elementwiseRules } from "./elementwise/index.js";
import { generationRules } from "./generation/index.js";
import { linearRules } from "./linear/index.js";
import { movementRules } from "./movement/index.js";
import { normalisationRules } from "./normalisation/index.js";
import { poolingRules } from "./pooling/index.js";
import { quantisationRules } from "./quantisation/index.js";
import { reductionRules } from "./reduction/index.js";
import { resizeRules } from "./resize/index.js";

/** The rule of every operator. An operator without one does not compile. */
export const rules: RuleTable = {
  ...elementwiseRules,
  ...reductionRules,
  ...generationRules,
  ...movementRules,
  ...linearRules,
  ...convolutionRules,
  ...poolingRules,
  ...resizeRules,
  ...normalisationRules,
  ...quantisationRules,
};

/** A builder that knows every operator. */
export function createBuilder(): Builder {
  return new Builder(rules);
}
