export { openHostRunner, type OpenSession } from "./host-runner.js";
export type { PathMatch } from "./path-match.js";
export * from "./step-definition.js";
export { planEvaluation, planStep, type GraphPlan, type HostPlan, type StepPlan } from "./step-plan.js";
export type * from "./step-runner.js";
export * from "./step.js";
