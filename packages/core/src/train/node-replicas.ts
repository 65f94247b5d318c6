import { availableParallelism } from "node:os";
import { MattelierError } from "../util/index.js";

/**
 * Compute threads of each copy of a training graph: an equal share, and at least one.
 * @param threads of all together. Default: the machine's cores
 */
export const threadsOfReplica = (replicas: number, threads = availableParallelism()): number =>
  Math.max(1, Math.floor(threads / replicas));

/** @throws MattelierError `invalid-argument` for replicas where they do not work */
export function requireReplicable(replicas: number, provider: string, inThread: "worker" | "here"): void {
  if (replicas === 1 || (provider === "cpu" && inThread === "worker")) return;
  throw new MattelierError({
    code: "invalid-argument",
    where: `replicas: ${replicas}`,
    expected: "provider cpu (another computes on all of its device at once), in a worker",
    got: `provider ${provider}, inThread: ${inThread}`,
    fix: "leave replicas out, or set provider: cpu",
  });
}
