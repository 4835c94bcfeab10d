import Table from "cli-table3";
import { formatEther } from "ethers";
import type { Ended } from "../../devnet/rounds.ts";

/** What there is before a dispute or after it. */
export interface Money {
  /** {wei LPT} */
  readonly ownStake: bigint;
  readonly delegatedStake: bigint;
  /** {wei LPT} That the broadcaster has. */
  readonly bounty: bigint;
  /** {wei ETH} */
  readonly orchestratorEth: bigint;
  readonly broadcasterEth: bigint;
  readonly treasuryEth: bigint;
}

/** A dispute of the demo. */
export interface Accused extends Ended {
  /** What the broadcaster's judge found. */
  readonly finding: string;
  /** {wei LPT} What was slashed, and what the challenger got of it; 0 if nothing was. */
  readonly loss: bigint;
  readonly bounty: bigint;
  readonly before: Money;
  readonly after: Money;
}

export interface FaultReport {
  readonly guilty: Accused;
  readonly innocent: Accused;
  /** Why the exit status is not zero; empty when all is well. */
  readonly failures: readonly string[];
}

const rounded = (wei: bigint, digits: number): string =>
  Number(formatEther(wei)).toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });

const change = (from: bigint, to: bigint, unit: string, digits: number): string =>
  `${rounded(from, digits)} → ${rounded(to, digits)} ${unit} (${to >= from ? "+" : "−"}${rounded(to >= from ? to - from : from - to, digits)})`;

/** {wei LPT} The bounty is half of what the orchestrator's own stake and commission lost. */
export function delegatorsLoss({ loss, bounty }: Accused): bigint {
  return loss - 2n * bounty;
}

/** Both disputes side by side, for a person. */
export function renderFaultReport({ guilty, innocent }: FaultReport, colours: boolean): string {
  const table = new Table({
    head: ["", "spoilt work", "honest work"],
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    style: colours ? { head: ["cyan"] } : { head: [], border: [] },
  });
  const both = (of: (accused: Accused) => string): [string, string] => [of(guilty), of(innocent)];
  const lpt = (name: keyof Money) => (accused: Accused) => change(accused.before[name], accused.after[name], "LPT", 2);
  const eth = (name: keyof Money) => (accused: Accused) => change(accused.before[name], accused.after[name], "ETH", 4);
  table.push(
    ["who was right", ...both(({ winner }) => `the ${winner}`)],
    ["rounds", ...both(({ lists }) => `${lists} lists`)],
    [
      "gas until it was clear",
      ...both(({ gas, transactions }) => `${gas.toLocaleString("en")} in ${transactions} transactions`),
    ],
    ["slashed", ...both(({ loss }) => (loss === 0n ? "nothing" : `${rounded(loss, 2)} LPT`))],
    ["of it its delegator's", ...both((accused) => `${rounded(delegatorsLoss(accused), 2)} LPT`)],
    ["bounty", ...both(({ bounty }) => `${rounded(bounty, 2)} LPT`)],
    ["own stake, with rewards", ...both(lpt("ownStake"))],
    ["delegator's, with rewards", ...both(lpt("delegatedStake"))],
    ["broadcaster, LPT", ...both(lpt("bounty"))],
    ["broadcaster, ETH", ...both(eth("broadcasterEth"))],
    ["orchestrator, ETH", ...both(eth("orchestratorEth"))],
    ["treasury, ETH", ...both(eth("treasuryEth"))],
  );
  return table.toString();
}
