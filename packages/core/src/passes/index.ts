import { foldBatchNorm } from "./fold-batch-norm.js";
import type { Pass } from "./pass.js";
import { removeDeadNodes } from "./remove-dead-nodes.js";
import { removeIdentities } from "./remove-identities.js";
import { toFloat32 } from "./to-float32.js";

export { foldBatchNorm, removeDeadNodes, removeIdentities, toFloat32 };
export * from "./pass.js";
export { OLDEST_OPSET, toOpset } from "./to-opset.js";

/** Every pass, for the contract that all of them keep: equal outputs, idempotent, legal graphs. */
export const passes: readonly Pass[] = [removeIdentities, foldBatchNorm, removeDeadNodes, toFloat32];
