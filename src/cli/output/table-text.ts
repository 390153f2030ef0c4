import { sanitise } from "./sanitise.ts";

export interface TableTextOptions {
  /** Columns of the terminal; undefined = as wide as it takes. */
  readonly width?: number | undefined;
}

const GAP = "   ";
const NARROWEST = 8;

/** Rows under a header, in columns, after kubectl's manner. Empty for no rows. */
export function tableText(
  rows: readonly (readonly string[])[],
  { width }: TableTextOptions = {},
): string {
  const clean = rows.map((row) => row.map(sanitise));
  const widths = fit(columnWidths(clean), width);
  const lines = clean.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return widths;
}

/** Takes from the widest column until all fit, or none can give more. */
function fit(widths: readonly number[], available: number | undefined): number[] {
  const fitted = [...widths];
  if (available === undefined) return fitted;
  const gaps = GAP.length * Math.max(0, fitted.length - 1);
  let excess = fitted.reduce((sum, width) => sum + width, gaps) - available;
  while (excess > 0) {
    const widest = Math.max(...fitted);
    if (widest <= NARROWEST) break;
    fitted[fitted.lastIndexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return fitted;
}

function pad(cell: string, width: number): string {
  return cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width);
}
