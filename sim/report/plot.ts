import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { RUNS, type Plot } from "../engine/scenario.ts";
import type { Simulation } from "../engine/simulate.ts";
import { OBSERVATIONS } from "../observations/index.ts";
import type { Point } from "../observations/observation.ts";
import { rounded } from "./summary.ts";

/** {px} Of one panel; two of them and the legend make 900. */
const PANEL = { width: 285, height: 190 };
/** A panel cannot show more. */
const MOST_POINTS = 400;

const RUN_TITLES = { acting: "everybody acts", baseline: "baseline: nobody moves" };

interface Row {
  readonly start: string;
  readonly run: string;
  readonly line: string;
  readonly round: number;
  readonly value: number;
}

/** All plots of a simulation below each other, the baseline beside the run in which everybody acts. */
export async function svgOf(simulation: Simulation): Promise<string> {
  const { scenario, seed } = simulation;
  const axis = { titleFontWeight: "normal" as const, titleFontSize: 11 };
  const spec: TopLevelSpec = {
    title: {
      text: `${scenario.description}`,
      subtitle: `scenario ${scenario.name}, seed ${seed}, ${scenario.rounds.toLocaleString("en")} rounds`,
      anchor: "start",
      fontSize: 16,
      offset: 16,
    },
    background: "white",
    padding: 12,
    spacing: 28,
    config: {
      font: "DejaVu Sans, Verdana, sans-serif",
      view: { stroke: "#ccc" },
      axis,
      legend: { titleFontWeight: "normal" },
    },
    resolve: { scale: { color: "independent", y: "independent" } },
    vconcat: scenario.plots.flatMap((plot) => bandsOf(simulation, plot)),
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  return `${stableIds(await view.toSVG())}\n`;
}

/** An observation with one line has one band and a colour for each start; one with several has a band for each start and a colour for each line. */
function bandsOf({ scenario, lives }: Simulation, plot: Plot) {
  const rows = lives.flatMap(({ start, run, observations }) =>
    [...observations.get(plot.observation)!.lines].flatMap(([line, points]) =>
      thin(points)
        // A logarithm has no place for what shares nothing.
        .filter(({ value }) => plot.scale !== "log" || value > 0)
        .map((point): Row => ({ start, run, line, ...point })),
    ),
  );
  const lines = new Set(rows.map(({ line }) => line));
  if (lines.size === 1) return [bandOf(plot, plot.title, rows, "start")];
  return scenario.starts.map(({ name }) =>
    bandOf(
      plot,
      `${plot.title} (start: ${name})`,
      rows.filter(({ start }) => start === name),
      "line",
    ),
  );
}

function bandOf(plot: Plot, title: string, rows: readonly Row[], colour: "start" | "line") {
  const { unit } = OBSERVATIONS[plot.observation];
  const panels = RUNS.map((run) => ({
    ...PANEL,
    title: { text: RUN_TITLES[run], fontWeight: "normal" as const, fontSize: 11 },
    data: { values: rows.filter((row) => row.run === run) },
    layer: [
      {
        mark: { type: "line" as const, strokeWidth: 1.3, clip: true },
        encoding: {
          x: { field: "round", type: "quantitative" as const, title: "round" },
          y: {
            field: "value",
            type: "quantitative" as const,
            title: run === RUNS[0] ? unit : null,
            axis: { minExtent: 48, tickCount: 5 },
            scale: { type: plot.scale ?? ("linear" as const) },
          },
          color: {
            field: colour,
            type: "nominal" as const,
            sort: [...new Set(rows.map((row) => row[colour]))],
            title: colour === "start" ? "at the start" : null,
            scale: { scheme: "tableau10" as const },
          },
        },
      },
      ...(plot.reference === undefined ? [] : referenceOf(plot.reference)),
    ],
  }));
  return {
    title: { text: title, anchor: "start" as const, fontSize: 13 },
    hconcat: panels,
    resolve: { scale: { y: "shared" as const } },
  };
}

function referenceOf({ value, label }: NonNullable<Plot["reference"]>) {
  const y = { datum: value };
  return [
    { data: { values: [{}] }, mark: { type: "rule" as const, strokeDash: [5, 4], color: "#333" }, encoding: { y } },
    {
      // Once, not for every row of the panel's data.
      data: { values: [{}] },
      mark: { type: "text" as const, text: label, align: "right" as const, dx: -4, dy: -7, color: "#333" },
      encoding: { y, x: { value: PANEL.width } },
    },
  ];
}

/** Every n-th point, the first and the last one among them. */
function thin(points: readonly Point[]): Point[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return points
    .filter((_, index) => index % step === 0 || index === points.length - 1)
    .map(({ round, value }) => ({ round, value: rounded(value) }));
}

/** The renderer numbers clipping paths through the life of the process; here they begin with 0. */
function stableIds(svg: string): string {
  const ids = new Map<string, string>();
  return svg.replace(/(id="|url\(#)(clip\d+)/g, (_, before: string, id: string) => {
    if (!ids.has(id)) ids.set(id, `clip${ids.size}`);
    return `${before}${ids.get(id)}`;
  });
}
