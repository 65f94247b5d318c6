import { MattelierError } from "../util/index.js";
import type { ParameterLayout, ParameterSpan } from "./layout.js";

/** Parameters that learn by other settings than the rest. The first group that matches a parameter has it. */
export interface ParameterGroup {
  /**
   * A path prefix (`backbone.`), whole paths in an array, or a question to ask of path and shape
   * (`(_, shape) => shape.length < 2`).
   */
  readonly match: string | readonly string[] | ((path: string, shape: readonly number[]) => boolean);
  /** Multiplies the learning rate. Default 1. */
  readonly lr?: number | undefined;
  /** In place of the optimiser's. */
  readonly weightDecay?: number | undefined;
}

export interface GroupSettings {
  readonly lr: number;
  readonly weightDecay: number;
}

/** A run of neighbours in the flat arrays that share their settings. */
export interface Segment extends GroupSettings {
  readonly start: number;
  readonly end: number;
}

/** The settings of every parameter, in the layout's order. */
export function settingsOf(
  layout: ParameterLayout,
  groups: readonly ParameterGroup[],
  weightDecay: number,
): readonly GroupSettings[] {
  refuseIdle(layout, groups);
  return layout.spans.map((span) => {
    const group = groups.find((candidate) => matches(candidate, span));
    return { lr: group?.lr ?? 1, weightDecay: group?.weightDecay ?? weightDecay };
  });
}

/** @throws MattelierError `invalid-argument` for a group that matches no parameter */
function refuseIdle(layout: ParameterLayout, groups: readonly ParameterGroup[]): void {
  const idle = groups.find((group) => !layout.spans.some((span) => matches(group, span)));
  if (idle === undefined) return;
  const some = layout.spans.slice(0, 3).map(({ path }) => path);
  throw new MattelierError({
    code: "invalid-argument",
    where: `parameter group ${typeof idle.match === "function" ? "(predicate)" : JSON.stringify(idle.match)}`,
    expected: "to match a trained parameter",
    got: `none of ${layout.spans.length}`,
    fix: `paths look like ${some.join(", ")}`,
  });
}

/** Neighbours with equal settings merged into runs. */
export function segmentsOf(layout: ParameterLayout, settings: readonly GroupSettings[]): readonly Segment[] {
  const segments: Segment[] = [];
  for (const [i, { offset, size }] of layout.spans.entries()) {
    const { lr, weightDecay } = settings[i]!;
    const last = segments.at(-1);
    if (last?.lr === lr && last.weightDecay === weightDecay)
      segments[segments.length - 1] = { ...last, end: offset + size };
    else segments.push({ start: offset, end: offset + size, lr, weightDecay });
  }
  return segments;
}

function matches({ match }: ParameterGroup, { path, shape }: ParameterSpan): boolean {
  if (typeof match === "string") return path.startsWith(match);
  return typeof match === "function" ? match(path, shape) : match.includes(path);
}

/** The groups with their paths spelt out: plain data, which may cross to another thread. */
export function spellOut(layout: ParameterLayout, groups: readonly ParameterGroup[]): ParameterGroup[] {
  refuseIdle(layout, groups);
  return groups.map((group) => {
    const match = layout.spans.filter((span) => matches(group, span)).map(({ path }) => path);
    return { ...group, match };
  });
}
