import Table from "cli-table3";
import { diffOf } from "./diff.ts";
import { partOf } from "./explained.ts";
import type { Explanations } from "./explained.ts";
import type { Mutant } from "./mutants.ts";

/** {1} Part of the mutants, explained or not, of which no more may survive. */
export const TOLERANCE = 0.05;

/** What a report has to know of a mutant, whoever made it. */
export type Subject = Pick<Mutant, "id" | "file" | "line" | "text"> & { readonly operator: string };

export interface Tested {
  readonly mutant: Subject;
  readonly result: "killed" | "survived" | "timed out";
  /** The test that killed it. */
  readonly by?: string;
  readonly seconds?: number;
}

export interface Report {
  /** Of the draw, where not all are tested. */
  readonly seed?: number;
  /** Mutants that could have been drawn. */
  readonly candidates: number;
  /** Drawn ones that do not compile or become the same code. */
  readonly discarded: number;
  readonly tested: number;
  readonly killed: number;
  readonly survived: number;
  readonly unexplained: number;
  readonly seconds: number;
  /** Explanations of mutants that are not made any more. */
  readonly stale: readonly string[];
  readonly mutants: readonly Line[];
}

interface Line {
  readonly id: string;
  /** Contract or file. */
  readonly part: string;
  readonly operator: string;
  readonly place: string;
  readonly result: Tested["result"];
  readonly by?: string;
  readonly explanation?: string;
  readonly diff: string;
  readonly seconds?: number;
}

const isSurvivor = ({ result }: { result: Tested["result"] }): boolean => result === "survived";

export function reportOf(
  run: Pick<Report, "seed" | "candidates" | "discarded" | "seconds" | "stale">,
  tested: readonly Tested[],
  originals: ReadonlyMap<string, string>,
  explanations: Explanations,
): Report {
  const mutants = tested.map(({ mutant, result, by, seconds }): Line => {
    const explanation = explanations[mutant.id];
    return {
      id: mutant.id,
      part: partOf(mutant.id),
      operator: mutant.operator,
      place: placeOf(mutant),
      result,
      ...(by === undefined ? {} : { by }),
      ...(explanation === undefined ? {} : { explanation }),
      diff: diffOf(originals.get(mutant.file)!, mutant.text),
      ...(seconds === undefined ? {} : { seconds: Number(seconds.toFixed(1)) }),
    };
  });
  const survivors = mutants.filter(isSurvivor);
  return {
    ...run,
    tested: mutants.length,
    killed: mutants.length - survivors.length,
    survived: survivors.length,
    unexplained: survivors.filter(({ explanation }) => explanation === undefined).length,
    mutants,
  };
}

/** Why the run is not good enough; empty when it is. A choice of single mutants has no rate that means anything. */
export function complaintsOf(report: Report, chosen: boolean): string[] {
  const { tested, survived, unexplained, stale } = report;
  const complaints: string[] = [];
  if (tested === 0) complaints.push("no mutant was tested");
  if (unexplained > 0) complaints.push(`${unexplained} survived without an explanation`);
  if (!chosen && survived >= tested * TOLERANCE && survived > 0)
    complaints.push(`${percent(survived, tested)} survived, of which ${percent(TOLERANCE, 1)} is too much`);
  for (const id of stale) complaints.push(`explained, but not made any more: ${id}`);
  return complaints;
}

// --- For a person ---

export const placeOf = ({ file, line }: Subject): string => `${file}:${line}`;

export function progressOf({ mutant, result, by, seconds = 0 }: Tested, done: number, all: number): string {
  const count = `${String(done).padStart(String(all).length)}/${all}`;
  const cause = by === undefined ? "" : ` by "${by.replace(/\s+/g, " ").slice(0, 120)}"`;
  return `${count} ${result.padEnd(9)} ${seconds.toFixed(1).padStart(5)} s  ${mutant.id}${cause}`;
}

/** @param part  what parts are: contracts or files */
export function render(report: Report, part: string): string {
  const parts = [
    tableOf("operator", (line) => line.operator, report),
    tableOf(part, (line) => line.part, report),
    ...report.mutants.filter(isSurvivor).map(({ id, place, diff, explanation }) => {
      const title = explanation === undefined ? "survived" : "survived, explained";
      return `${title}: ${id}\n${place}\n${diff}${explanation === undefined ? "" : `\n${explanation}`}`;
    }),
    ...report.mutants
      .filter((line) => line.explanation !== undefined && !isSurvivor(line))
      .map(({ id }) => `explained as a survivor, but killed: ${id}`),
    `${report.tested} of ${report.candidates} mutants${report.seed === undefined ? "" : ` (seed ${report.seed})`}, ` +
      `${report.discarded} discarded: ` +
      `${report.killed} killed, ${report.survived} survived (${percent(report.survived, report.tested)}), ` +
      `${report.unexplained} of them unexplained; ${report.seconds.toFixed(0)} s`,
  ];
  return parts.join("\n\n");
}

const COMPACT = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

function tableOf(title: string, nameOf: (line: Line) => string, report: Report): string {
  const table = new Table({
    chars: COMPACT,
    head: [title, "mutants", "killed", "survived", "explained", "killed %"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  const row = (name: string, lines: readonly Line[]): void => {
    const survivors = lines.filter(isSurvivor);
    const killed = lines.length - survivors.length;
    const explained = survivors.filter(({ explanation }) => explanation !== undefined).length;
    table.push([name, lines.length, killed, survivors.length, explained, percent(killed, lines.length)]);
  };
  for (const name of [...new Set(report.mutants.map(nameOf))].sort())
    row(
      name,
      report.mutants.filter((line) => nameOf(line) === name),
    );
  row("all", report.mutants);
  return table.toString();
}

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;
