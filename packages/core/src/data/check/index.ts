export { checkDataset, type CheckOptions, type CheckReport } from "./check-dataset.js";
export { FINDINGS, type Finding, type FindingKind } from "./findings.js";
export { findLeaks, type Leak } from "./leakage.js";
