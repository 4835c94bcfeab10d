import type { Expectation } from "../../sim/engine/scenario.ts";
import type { Simulation } from "../../sim/engine/simulate.ts";
import { summarize } from "../../sim/report/summary.ts";

const WIDTH = 100;

export function observationRows(simulation: Simulation): string[][] {
  return summarize(simulation).map(({ observation, run, start, line, first, least, mean, greatest, last }) => [
    observation,
    run,
    start,
    line,
    ...[first, least, mean, greatest, last].map(short),
  ]);
}

export function expectationRows({ outcomes }: Simulation): string[][] {
  return outcomes.map(({ expectation, start, measured, pass }) => [
    wrap(expectation.says, 45),
    expectation.run,
    start,
    wantedOf(expectation),
    measured === null ? "nothing was observed" : rangeText(measured),
    pass ? "PASS" : "FAIL",
  ]);
}

function wantedOf({ observation, from, to, statistic, comparison, bounds }: Expectation): string {
  const rounds = to === undefined ? `rounds ${from} and later` : `rounds ${from} to ${to}`;
  return `${observation}, ${statistic},\n${rounds}:\n${comparison} ${bounds.join(" and ")}`;
}

function rangeText([least, greatest]: readonly [number, number]): string {
  return least === greatest ? short(least) : `${short(least)} … ${short(greatest)}`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** Breaks a text into lines. */
export function wrap(text: string, width = WIDTH): string {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
