/**
 * An order of nodes in which every value is made before it is used, as near to the given one as can be: a node moves
 * only when it stands before one that it needs, and then that one comes right before it.
 *
 * @param makes names that each node makes
 * @param reads names that each node reads; names that no node makes are ready from the start
 * @returns indices of the nodes in order, or a node of a cycle
 */
export function sortNodes(
  makes: readonly (readonly string[])[],
  reads: readonly (readonly string[])[],
): { indices: number[]; cycle?: number } {
  const maker = new Map<string, number>();
  makes.forEach((names, i) => {
    for (const name of names) maker.set(name, i);
  });
  const indices: number[] = [];
  const state = new Uint8Array(makes.length); // 1: waits for what it needs, 2: placed
  for (let first = 0; first < makes.length; first++) {
    const waiting = [first];
    while (waiting.length > 0) {
      const node = waiting.at(-1)!;
      if (state[node] !== 2) {
        const before = waiting.length;
        state[node] = 1;
        for (let i = reads[node]!.length - 1; i >= 0; i--) {
          const needed = maker.get(reads[node]![i]!);
          if (needed === undefined || state[needed] === 2) continue;
          if (state[needed] === 1) return { indices, cycle: needed };
          waiting.push(needed);
        }
        if (waiting.length > before) continue;
        state[node] = 2;
        indices.push(node);
      }
      waiting.pop();
    }
  }
  return { indices };
}
