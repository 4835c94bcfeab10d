import { format } from "prettier";
import type { RanOn } from "../ran-on.ts";
import type { Row, Tally } from "./tally.ts";

export interface Result extends Tally {
  readonly ranOn: RanOn;
  /** Of the ffmpegs, by name. */
  readonly builds: Readonly<Record<string, string>>;
}

const BEGIN = "<!-- figures: npm run cheats -->";
const END = "<!-- end of figures -->";

/** The document with these figures between its marks. */
export async function withFigures(document: string, result: Result): Promise<string> {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("the document has no place for figures");
  const text = `${document.slice(0, begin + BEGIN.length)}\n\n${figuresOf(result)}\n\n${document.slice(end)}`;
  return format(text, { parser: "markdown", printWidth: 160 });
}

/** Markdown. */
export function figuresOf({ honest, cheats, extremes, builds, ranOn }: Result): string {
  const sum = (rows: readonly Row[], of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
  const total = sum(honest, ({ samples }) => samples);
  return [
    `${total} honest outputs and ${sum(cheats, ({ samples }) => samples)} cheats, on ${ranOn.cores} × ${ranOn.cpu}.`,
    Object.entries(builds)
      .map(([name, version]) => `${name}: ${version}`)
      .join("; ") + ".",
    "",
    ...table(
      ["honest work", "outputs", "suspect to small pictures", "beyond their limits", "other bits", "rejected"],
      honest.map((row) => [row.kind, row.samples, row.graySuspect, row.grayFailed, row.different, row.rejected]),
    ),
    "",
    `Rejected as they were ordered: ${sum(honest, ({ rejected }) => rejected)} of ${total}. Farthest honest figures: ${Object.entries(
      extremes,
    )
      .map(([name, figure]) => `${name} ${figure}`)
      .join(", ")}.`,
    "",
    ...table(
      [
        ...["cheat", "outputs", "structure", "small pictures: beyond limits", "suspect"],
        ...["`auditable`: rejected when small pictures are drawn", "when encoded again"],
        ...["`fast`: rejected when small pictures are drawn", "when encoded again"],
      ],
      cheats.map((row) => [
        ...[row.kind, row.samples, row.structure, row.grayFailed, row.graySuspect],
        ...[row.rejectedByGray, row.rejected, row.fastRejectedByGray, row.fastRejected],
      ]),
    ),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)];
}
