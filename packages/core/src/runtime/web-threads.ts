/** What decides on the number of WebAssembly threads. */
export interface ThreadFacts {
  /** `crossOriginIsolated`: without it there is no shared memory. */
  readonly isolated: boolean;
  readonly logicalCores: number;
  /** Of the WebAssembly instance that already runs in this thread: it cannot be changed. */
  readonly running: number | undefined;
}

/** How many threads, and why, in words. */
export function chooseThreads(
  asked: number | undefined,
  { isolated, logicalCores, running }: ThreadFacts,
): { readonly threads: number; readonly why: string } {
  if (running !== undefined)
    return { threads: running, why: `${counted(running)}, as the first session in this thread` };
  // Half the logical cores: with hyper-threading that is the physical ones.
  const threads = asked ?? Math.min(4, Math.ceil(logicalCores / 2));
  if (threads === 1 || isolated) return { threads, why: counted(threads) };
  const headers =
    "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp (or credentialless)";
  return {
    threads: 1,
    why: `1 thread and not ${threads}: the page is not cross-origin isolated; serve it with ${headers}`,
  };
}

const counted = (threads: number): string => (threads === 1 ? "1 thread" : `${threads} threads`);
