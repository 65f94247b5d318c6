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

/**
 * The settings of every parameter, in the layout's order.
 * @throws MattelierError `invalid-argument` for a group that has no parameter
 */
export function settingsOf(
  layout: ParameterLayout,
  groups: readonly ParameterGroup[],
  weightDecay: number,
): readonly GroupSettings[] {
  return groupsOf(layout, groups).map((group) => ({
    lr: group?.lr ?? 1,
    weightDecay: group?.weightDecay ?? weightDecay,
  }));
}

/** The group that has each parameter, in the layout's order; undefined for those that no group matches. */
function groupsOf(
  layout: ParameterLayout,
  groups: readonly ParameterGroup[],
): readonly (ParameterGroup | undefined)[] {
  const having = layout.spans.map((span) => groups.find((group) => matches(group, span)));
  const idle = groups.find((group) => !having.includes(group));
  if (idle === undefined) return having;
  const first = having.find((_, i) => matches(idle, layout.spans[i]!));
  throw first === undefined ? matchesNothing(layout, idle) : comesTooLate(idle, first);
}

function matchesNothing({ spans }: ParameterLayout, group: ParameterGroup): MattelierError {
  const some = spans.slice(0, 3).map(({ path }) => path);
  return new MattelierError({
    code: "invalid-argument",
    where: `parameter group ${shown(group)}`,
    expected: "to match a trained parameter",
    got: `none of ${spans.length}`,
    fix: `paths look like ${some.join(", ")}`,
  });
}

const comesTooLate = (group: ParameterGroup, before: ParameterGroup): MattelierError =>
  new MattelierError({
    code: "invalid-argument",
    where: `parameter group ${shown(group)}`,
    expected: "a trained parameter that no group before it matches",
    got: `none: the first is matched by ${shown(before)}`,
    fix: "put the longer path first: the first group that matches a parameter has it",
  });

const shown = ({ match }: ParameterGroup): string =>
  typeof match === "function" ? "(predicate)" : JSON.stringify(match);

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

/**
 * The groups with the paths of the parameters that they have: plain data, which may cross to another thread.
 * @throws MattelierError `invalid-argument` for a group that has none
 */
export function spellOut(layout: ParameterLayout, groups: readonly ParameterGroup[]): ParameterGroup[] {
  const having = groupsOf(layout, groups);
  return groups.map((group) => {
    const match = layout.spans.filter((_, i) => having[i] === group).map(({ path }) => path);
    return { ...group, match };
  });
}
