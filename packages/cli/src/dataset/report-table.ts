import { FINDINGS, type CheckReport, type FindingKind } from "@mattelier/core/data";
import { plainTable } from "../plain-table.js";

/** Named findings of one kind that are listed; all of them under --json. */
const LISTED = 12;

/**
 * What a check found: how the set was understood, a count of each kind, then names.
 * @param against the other set's path, where there is one
 */
export function reportText(path: string, report: CheckReport, against?: string): string {
  const { said, samples, counts, findings, errors, warnings } = report;
  const table = plainTable(["Check", "Found", "Means"], ["left", "right", "left"]);
  const kinds = (Object.keys(FINDINGS) as FindingKind[]).filter(
    (kind) => kind !== "leak" || against !== undefined,
  );
  for (const kind of kinds)
    table.push([
      FINDINGS[kind].title,
      String(counts[kind]),
      counts[kind] === 0 ? "" : FINDINGS[kind].severity,
    ]);
  const lists = kinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => {
      const of = findings.filter((finding) => finding.kind === kind);
      const lines = of
        .slice(0, LISTED)
        .map(({ name, detail }) => `  ${name}${detail === "" ? "" : `: ${detail}`}`);
      if (of.length > LISTED) lines.push(`  … and ${of.length - LISTED} more (--json lists all)`);
      return [`${FINDINGS[kind].title}:`, ...lines].join("\n");
    });
  const total =
    errors + warnings === 0
      ? `${samples} samples, nothing found.`
      : `${samples} samples, ${errors} errors, ${warnings} warnings.`;
  const other = against === undefined ? "" : `\nagainst ${against}: ${report.againstSaid}`;
  return [`${path}: ${said}${other}`, table.toString(), ...lists, total].join("\n\n");
}
