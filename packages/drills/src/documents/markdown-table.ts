/** The cells of a table's row, trimmed and as they are written; undefined for a line that is none. */
export function cellsOf(line: string): string[] | undefined {
  const trimmed = line.trim();
  if (!/^\|.*\|$/.test(trimmed)) return undefined;
  return trimmed
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** A row of cells that are markdown already. */
export function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A header with the line under it. */
export function headOf(titles: readonly string[]): string[] {
  return [rowOf(titles), `|${'---|'.repeat(titles.length)}`];
}

/** Whether a line is the one between a table's header and its rows. */
export function isDelimiter(line: string | undefined): boolean {
  return line !== undefined && /^\|(\s*:?-+:?\s*\|)+$/.test(line.trim());
}

/** Text as a cell: nothing in it ends the cell or the row. */
export function asCell(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
}
