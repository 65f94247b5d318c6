import { convolutionCases } from "./convolution/cases.test-support.js";
import { elementwiseCases } from "./elementwise/cases.test-support.js";
import { generationCases } from "./generation/cases.test-support.js";
import { linearCases } from "./linear/cases.test-support.js";
import { movementCases } from "./movement/cases.test-support.js";
import { normalisationCases } from "./normalisation/cases.test-support.js";
import type { OpCases } from "./op-case.test-support.js";
import { poolingCases } from "./pooling/cases.test-support.js";
import { quantisationCases } from "./quantisation/cases.test-support.js";
import { reductionCases } from "./reduction/cases.test-support.js";
import { resizeCases } from "./resize/cases.test-support.js";

/** Every operator's cases. */
export const opCases: OpCases = {
  ...convolutionCases,
  ...elementwiseCases,
  ...generationCases,
  ...linearCases,
  ...movementCases,
  ...normalisationCases,
  ...poolingCases,
  ...quantisationCases,
  ...reductionCases,
  ...resizeCases,
};
