/** The metrics as comma-separated values (RFC 4180): a row per row, every digit of every number. */
import type { MetricsTable } from "./series.js";

/** All columns, env steps first. A value that a row lacks is empty; NaN and infinities are words. */
export function metricsCsv(table: MetricsTable): string {
  const names = table.names();
  const steps = table.x();
  const columns = names.map((name) => ({
    values: table.column(name) ?? new Float64Array(table.length),
    broken: new Set(table.brokenRows(name)),
  }));
  const lines = [["steps", ...names].map(field).join(",")];
  for (let row = 0; row < table.length; row++) {
    const cells = columns.map(({ values, broken }) =>
      Number.isNaN(values[row]) && !broken.has(row) ? "" : String(values[row]),
    );
    lines.push([String(steps[row]), ...cells].join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Names come from a run: one that a spreadsheet could take for a formula is made a text. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
