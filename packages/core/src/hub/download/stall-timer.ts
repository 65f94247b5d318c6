/** A signal that fires when nothing has happened for a while, or when the caller's own does. */
export interface StallTimer {
  readonly signal: AbortSignal;
  /** Something came: start counting anew. */
  reset(): void;
  stop(): void;
}

export function createStallTimer(timeoutMs: number, outer: AbortSignal | undefined): StallTimer {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(abort, timeoutMs);
  outer?.addEventListener("abort", abort, { once: true });
  if (outer?.aborted === true) abort();
  return {
    signal: controller.signal,
    reset: () => timer.refresh(),
    stop: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", abort);
    },
  };
}
