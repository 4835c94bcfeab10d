import { PARTS } from "../../discovery/selection/interface.ts";
import { drawTable, duration } from "../output.ts";
import type { Known, Shown } from "./show.ts";

/** For a person, in 100 columns. */
export function textOf(shown: Shown, explain: boolean): string {
  const { orchestrators, left } = shown;
  if (orchestrators.length === 0)
    return `Nobody is known that offers ${shown.service}: no stream has been started yet.`;
  const paragraphs = [
    overview(shown),
    "pace: time to a checked answer / the segment's length; below 1 is faster than real time",
  ];
  if (explain) paragraphs.push(scores(shown), choice(shown));
  if (left > 0) paragraphs.push(`${left} more: --limit ${orchestrators.length + left}`);
  return paragraphs.join("\n");
}

/** {1} Of scores: less is not to be seen in the table. */
const SHOWN_DIFFERENCE = 0.000_5;

/** As much of an address as tells it from others. */
const short = (address: string) => `${address.slice(0, 6)}…${address.slice(-4)}`;

const figure = (value: number | null, digits: number) => value?.toFixed(digits) ?? "";

function overview({ orchestrators, now }: Shown): string {
  return drawTable(
    ["orchestrator", "gwei/Mpx", "ms", "LPT", "good", "failed", "pace", "p95", "quoted", "state"],
    orchestrators.map((one) => [
      short(one.orchestrator),
      one.price === null ? "" : gweiOf(one.price),
      figure(one.responseMs, 0),
      compact(Number(one.stake / 10n ** 15n) / 1_000),
      figure(one.history.good, 1),
      figure(failedOf(one), 1),
      figure(one.history.pace?.median ?? null, 2),
      figure(one.history.pace?.p95 ?? null, 2),
      one.quotedAt === null ? "never" : rough(now - one.quotedAt),
      stateOf(one, now),
    ]),
    ["gwei/Mpx", "ms", "LPT", "good", "failed", "pace", "p95", "quoted"],
  );
}

/** {1e9 wei per million pixels}, to three significant digits. */
function gweiOf({ numerator, denominator }: { numerator: bigint; denominator: bigint }): string {
  return compact(Number(numerator) / Number(denominator) / 1e9);
}

const compact = (value: number) => value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 3 });

/** {ms} A time in its largest unit. */
const rough = (ms: number) =>
  duration(BigInt(Math.max(0, Math.floor(ms / 1_000))))
    .split(" ")
    .slice(0, 2)
    .join(" ");

const failedOf = ({ history }: Known) => Object.values(history.failures).reduce((sum, count) => sum + count, 0);

function stateOf({ unfit, suspendedUntil, probation, refusal, validUntil }: Known, now: number): string {
  switch (unfit) {
    case "suspended":
      return `suspended ${rough((suspendedUntil ?? now) - now)}`;
    case "refused":
      return refusal ?? "refused";
    case null:
      if (probation > 0) return `on probation ${probation}`;
      return validUntil !== null && validUntil > now ? "ready" : "to be asked";
    default:
      return unfit.replaceAll("-", " ");
  }
}

function scores({ orchestrators, chosen }: Shown): string {
  const rows = orchestrators.flatMap(({ orchestrator, score }) =>
    score === null
      ? []
      : [
          [
            short(orchestrator),
            ...PARTS.map((part) => score.parts[part].toFixed(3)),
            score.total.toFixed(3),
            chosen.includes(orchestrator) ? "yes" : "",
          ],
        ],
  );
  return drawTable(["orchestrator", ...PARTS, "score", "chosen"], rows, [...PARTS, "score"]);
}

/** Whom the policy prefers, and what makes the difference. */
function choice({ orchestrators, policy, chosen, exploration }: Shown): string {
  const [best, second] = orchestrators.flatMap(({ orchestrator, score }) =>
    score === null ? [] : [{ orchestrator, parts: score.parts }],
  );
  if (best === undefined) return "Nobody would be chosen now; the state of each says why.";
  const lines = [`By the policy ${policy} a stream begins with ${chosen.map(short).join(", ")}.`];
  if (second !== undefined) {
    const [mine, other] = [best.parts, second.parts];
    const differences = PARTS.map((part) => ({ part, by: mine[part] - other[part] })).sort((a, b) => b.by - a.by);
    const most = differences[0]!;
    lines.push(
      differences.every(({ by }) => Math.abs(by) < SHOWN_DIFFERENCE)
        ? `${short(best.orchestrator)} and ${short(second.orchestrator)} are equal: a segment goes to who has more places free.`
        : most.by > 0
          ? `${short(best.orchestrator)} comes first, most of all by its ${most.part}: ${most.by.toFixed(3)} more than ${short(second.orchestrator)}.`
          : `${short(best.orchestrator)} comes first, though in no part better than ${short(second.orchestrator)}: it is an own one, or their equal.`,
    );
  }
  if (exploration > 0) lines.push(`${(exploration * 100).toFixed(1)} % of the segments go to newcomers instead.`);
  return lines.join("\n");
}
