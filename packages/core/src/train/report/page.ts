/** A block of a report: a heading, and HTML below it. */
export interface Section {
  readonly title: string;
  readonly html: string;
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);

/** A page without scripts; pictures that its sections name lie beside it. */
export function reportPage(title: string, sections: readonly Section[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
  .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.5rem; }
  figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: .3rem; } svg, img { max-width: 100%; height: auto; }
  .key { display: inline-block; margin-right: 1rem; font-weight: 400; } .key i { display: inline-block; width: .9em; height: .25em; vertical-align: middle; margin-right: .35em; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { text-align: right; padding: .2rem .7rem; border-bottom: 1px solid #ddd; }
  th:first-child, td:first-child { text-align: left; } pre { background: #f5f5f3; padding: .8rem; overflow: auto; font-size: .85rem; } .best { font-weight: 700; }
</style>
<h1>${escapeHtml(title)}</h1>
${sections.map(({ title: heading, html }) => `<section>\n<h2>${escapeHtml(heading)}</h2>\n${html}\n</section>`).join("\n")}
</html>
`;
}

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
}

export function htmlTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  isBest: (row: Row) => boolean = () => false,
): string {
  const head = columns.map(({ title }) => `<th>${escapeHtml(title)}</th>`).join("");
  const body = rows.map(
    (row) =>
      `<tr${isBest(row) ? ' class="best"' : ""}>${columns.map(({ of }) => `<td>${escapeHtml(of(row))}</td>`).join("")}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}
