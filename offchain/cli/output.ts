import Table from "cli-table3";

/** Rows without lines between them. */
const COMPACT = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** A stretch of time {s} in its two largest units. */
export function duration(seconds: bigint): string {
  const parts = [
    [seconds / 86_400n, "d"],
    [(seconds / 3600n) % 24n, "h"],
    [(seconds / 60n) % 60n, "min"],
    [seconds % 60n, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0n);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0n)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** Text that strangers wrote, without what a terminal would obey. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, "\u{fffd}");

/** Rows for a person. Columns named in `right` are aligned there, as numbers are. */
export function drawTable(head: string[], rows: readonly (readonly string[])[], right: readonly string[] = []): string {
  const table = new Table({
    chars: COMPACT,
    head,
    colAligns: head.map((name) => (right.includes(name) ? "right" : "left")),
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** The same, printed. */
export function printTable(...table: Parameters<typeof drawTable>): void {
  print(drawTable(...table));
}

/** Data for a program: amounts in wei as decimal strings. */
export function printJson(data: unknown): void {
  print(JSON.stringify(data, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2));
}
