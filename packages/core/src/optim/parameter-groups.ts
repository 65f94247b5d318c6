import { MattelierError } from "../util/index.js";
import type { ParameterLayout, ParameterSpan } from "./layout.js";

/** Parameters that learn by other settings than the rest. The first group that matches a parameter has it. */
export interface ParameterGroup {
  /** A path prefix (`backbone.`), or a question to ask of path and shape (`(_, shape) => shape.length < 2`). */
  readonly match: string | ((path: string, shape: readonly number[]) => boolean);
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
  const used = new Set<ParameterGroup>();
  const settings = layout.spans.map((span) => {
    const group = groups.find((candidate) => matches(candidate, span));
    if (group !== undefined) used.add(group);
    return { lr: group?.lr ?? 1, weightDecay: group?.weightDecay ?? weightDecay };
  });
  const idle = groups.find((group) => !used.has(group) && !layout.spans.some((span) => matches(group, span)));
  if (idle !== undefined) {
    throw new MattelierError({
      code: "invalid-argument",
      where: `parameter group ${typeof idle.match === "string" ? JSON.stringify(idle.match) : "(predicate)"}`,
      expected: "to match a trained parameter",
      got: `none of ${layout.spans.length}`,
      fix: `paths look like ${layout.spans
        .slice(0, 3)
        .map(({ path }) => path)
        .join(", ")}`,
    });
  }
  return settings;
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
  return typeof match === "string" ? path.startsWith(match) : match(path, shape);
}
