import type { BrokerPort, Head, StoredWinner, WinnerStore } from "./interface.ts";
import { inParallel } from "./parallel.ts";
import type { Candidate, Funds } from "./redemption-policy.ts";

export interface ViewModules {
  readonly store: WinnerStore;
  readonly broker: BrokerPort;
}

export interface Waiting extends Candidate {
  readonly winner: StoredWinner;
}

type Life = Pick<Candidate, "born" | "deadline" | "claimBy">;

/** What the policy has to know of winners and senders, read from the chain. */
export class RedemptionView {
  readonly #modules: ViewModules;
  /** {ms} Chain time since which a winner is seen waiting. */
  #since = new Map<string, number>();
  /** A round's last round is fixed when it begins. */
  readonly #lastRounds = new Map<number, number>();
  #lives = new Map<number, Life>();

  constructor(modules: ViewModules) {
    this.#modules = modules;
  }

  async candidates(winners: readonly StoredWinner[], head: Head): Promise<Waiting[]> {
    if (winners.length > 0) await this.#readLives(new Set(winners.map(({ ticket }) => ticket.creationRound)));
    const before = this.#since;
    this.#since = new Map(winners.map(({ digest }) => [digest, before.get(digest) ?? head.time]));
    return winners.flatMap((winner) => {
      const { digest, status, ticket } = winner;
      const life = this.#lives.get(ticket.creationRound);
      const since = this.#since.get(digest) ?? head.time;
      const { sender, faceValue } = ticket;
      return life === undefined
        ? []
        : [{ digest, sender, faceValue, isClaimed: status === "claimed", ...life, since, winner }];
    });
  }

  async funds(winners: readonly Candidate[]): Promise<Map<string, Funds>> {
    const { store, broker } = this.#modules;
    const underway = store.underway();
    const funds = new Map<string, Funds>();
    await inParallel([...new Set(winners.map(({ sender }) => sender))], async (sender) => {
      const state = await broker.funds(sender);
      const leaves = state.withdrawRound === null ? Infinity : await broker.roundStart(state.withdrawRound);
      funds.set(sender, { ...state, leaves, underway: underway.get(sender) ?? 0n });
    });
    return funds;
  }

  /** {ms} Chain time at which tickets of a round die; undefined if none of it was seen. */
  deadline(creationRound: number): number | undefined {
    return this.#lives.get(creationRound)?.deadline;
  }

  /** Read each time: the length of rounds to come may change. */
  async #readLives(creationRounds: ReadonlySet<number>): Promise<void> {
    const { broker } = this.#modules;
    const curing = await broker.curingPeriod();
    for (const round of creationRounds) {
      const last = this.#lastRounds.get(round) ?? (await broker.lastRound(round));
      this.#lastRounds.set(round, last);
      const [born, deadline, claimBy] = await Promise.all([
        broker.roundStart(round),
        broker.roundStart(last + 1),
        broker.roundStart(last - curing + 1),
      ]);
      this.#lives.set(round, { born, deadline, claimBy });
    }
  }
}
