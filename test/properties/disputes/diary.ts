import { expect } from "chai";
import type { Result } from "ethers";
import { Outcome } from "../../../sim/model/disputes/challenge.ts";
import { Stage } from "../../../sim/model/disputes/game.ts";
import { sum } from "../amounts.ts";

interface Entry {
  readonly orchestrator: string;
  /** {wei ETH} */
  readonly bond: bigint;
  defenceBond: bigint;
  outcome: bigint;
  /** How each game stands, by defender. */
  readonly games: Map<string, bigint>;
}

/** As long as it is played. */
const PLAYED = -1n;

/**
 * A second opinion on contract and model alike: what the contract has told, from which follows what it must hold. It asserts that each end
 * comes once.
 */
export class Diary {
  readonly #entries = new Map<string, Entry>();
  /** {wei ETH} */
  readonly #kept = new Map<string, bigint>();

  /** The events of one transaction, in their order. */
  note(events: readonly { readonly name: string; readonly args: Result }[]): void {
    for (const { name, args } of events) this.#noteOne(name, args);
  }

  /** What was kept for the caller has been paid. */
  withdrawn(account: string): void {
    this.#kept.delete(account);
  }

  /** {wei ETH} What the contract must hold: bonds that are at stake or go back, what defenders have lost to challenges that are open, and what was not taken. */
  get held(): bigint {
    const bonds = [...this.#entries.values()].map(({ bond, defenceBond, outcome, games }) => {
      const open = outcome === Outcome.Open;
      const stages = [...games.values()];
      const played = BigInt(stages.filter((stage) => stage === PLAYED).length);
      const lost = BigInt(stages.filter((stage) => stage === Stage.Lost).length);
      return (open ? bond + lost * defenceBond : 0n) + played * defenceBond;
    });
    return sum(bonds) + sum([...this.#kept.values()]);
  }

  /** {1} Challenges against `orchestrator` that are open. */
  open(orchestrator: string): number {
    return [...this.#entries.values()].filter(
      (entry) => entry.orchestrator === orchestrator && entry.outcome === Outcome.Open,
    ).length;
  }

  /** {1} Whatever is not over. */
  get unfinished(): number {
    return [...this.#entries.values()].filter(
      ({ outcome, games }) => outcome === Outcome.Open || [...games.values()].includes(PLAYED),
    ).length;
  }

  #noteOne(name: string, args: Result): void {
    const id = args[0] as string;
    switch (name) {
      case "ChallengeOpened": {
        expect(this.#entries.has(id), `V4: ${id} was opened twice`).to.equal(false);
        const [, orchestrator, , , , bond] = args as unknown as [string, string, string, string, bigint, bigint];
        this.#entries.set(id, { orchestrator, bond, defenceBond: 0n, outcome: Outcome.Open, games: new Map() });
        return;
      }
      case "ClaimMade":
        this.#entry(id).defenceBond = (args.getValue("claim") as Result).getValue("defenceBond") as bigint;
        return;
      case "Moved": {
        const { games, outcome } = this.#entry(id);
        const defender = args[1] as string;
        if (games.has(defender)) expect(games.get(defender), `V4: a move in a game that is over`).to.equal(PLAYED);
        else expect(outcome, "V4: a defence of what is over").to.equal(Outcome.Open);
        games.set(defender, PLAYED);
        return;
      }
      case "GameEnded": {
        const { games, outcome } = this.#entry(id);
        const [, defender, stage] = args as unknown as [string, string, bigint];
        expect(games.get(defender), `V4: the game of ${defender} ends once`).to.equal(PLAYED);
        expect(outcome, "V4: when a game ends").to.equal(stage === Stage.Released ? Outcome.Refuted : Outcome.Open);
        games.set(defender, stage);
        return;
      }
      case "ChallengeSettled": {
        const entry = this.#entry(id);
        expect(entry.outcome, `V4: ${id} ends once`).to.equal(Outcome.Open);
        entry.outcome = args[1] as bigint;
        return;
      }
      case "PaymentKept": {
        const [account, amount] = args as unknown as [string, bigint];
        this.#kept.set(account, (this.#kept.get(account) ?? 0n) + amount);
      }
    }
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`nobody has opened ${id}`);
    return entry;
  }
}
