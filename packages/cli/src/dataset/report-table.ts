import { FINDINGS, type CheckReport, type FindingKind } from "@mattelier/core/data";
import { plainTable } from "../plain-table.js";

/** Named findings of one kind that are listed; all of them under --json. */
const LISTED = 12;

/** What a check found: how the set was understood, a count of each kind, then names. */
export function reportText(path: string, report: CheckReport): string {
  const { said, samples, counts, findings, errors, warnings } = report;
  const table = plainTable(["Check", "Found", "Means"], ["left", "right", "left"]);
  const kinds = Object.keys(FINDINGS) as FindingKind[];
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
  return [`${path}: ${said}`, table.toString(), ...lists, total].join("\n\n");
}
