import Table from "cli-table3";

/** Rows without lines between them, numbers to the right. */
export function drawTable(head: readonly string[], rows: readonly string[][]): string {
  const table = new Table({
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    head: [...head],
    colAligns: head.map((title, index) => (index === 0 || title === "" ? "left" : "right")),
    style: { head: [], border: [] },
  });
  table.push(...rows);
  return table.toString();
}
