import { expect } from "chai";
import type { Ticket } from "../../sim/model/ticket.ts";

const ONE = 10n ** 18n;

/** A change of stake, in the round in which it was made. */
interface Change {
  readonly round: bigint;
  readonly delegator: string;
  readonly orchestrator: string;
  readonly delta: bigint;
}

/**
 * A second opinion on contract and model alike: a diary of what was paid and bonded, from which each guarantee is read off by going through all of
 * it. It knows no windows, no sums and no checkpoints.
 */
export class Ledger {
  /** By recipient and index of the commitment. */
  readonly wins = new Map<string, Ticket>();
  readonly changes: Change[] = [];
  readonly feeShares = new Map<string, bigint>();
  /** {wei ETH} */
  funded = 0n;
  withdrawn = 0n;
  claimed = 0n;
  /** {wei LPT} */
  bonded = 0n;
  released = 0n;
  /** By orchestrator and round: who got how much of it. */
  readonly claims = new Map<string, Map<string, bigint>>();
  /** {round} Of the unlock that still runs, by sender. */
  readonly unlocks = new Map<string, bigint>();

  /** P5: a commitment pays once. */
  win(ticket: Ticket): void {
    const key = `${ticket.recipient}/${ticket.commitmentIndex}`;
    expect(this.wins.has(key), `P5: commitment ${key} paid twice`).to.equal(false);
    this.wins.set(key, ticket);
  }

  /** {wei ETH} All that `recipient` won with tickets of `round`. */
  fees(recipient: string, round: bigint): bigint {
    const wins = [...this.wins.values()].filter((win) => win.recipient === recipient && win.creationRound === round);
    return sum(wins.map(({ faceValue }) => faceValue));
  }

  /** {wei LPT} What `delegator` had bonded behind `orchestrator` when `round` began. */
  stake(delegator: string, orchestrator: string, round: bigint): bigint {
    const own = (change: Change): boolean => change.delegator === delegator && change.orchestrator === orchestrator;
    return sum(this.changes.filter((change) => own(change) && change.round < round).map(({ delta }) => delta));
  }

  /** {wei LPT} All that was bonded behind `orchestrator` when `round` began. */
  total(orchestrator: string, round: bigint): bigint {
    const counts = this.changes.filter((change) => change.orchestrator === orchestrator && change.round < round);
    return sum(counts.map(({ delta }) => delta));
  }

  /**
   * S2, S3: checks what `delegator` was paid for one round against the stake of that round, by products instead of quotients:
   * part ≤ shared · stake / total < part + 1.
   */
  claim(delegator: string, orchestrator: string, round: bigint, amount: bigint): void {
    const key = `${orchestrator}/${round}`;
    const fees = this.fees(orchestrator, round);
    const total = this.total(orchestrator, round);
    const stake = this.stake(delegator, orchestrator, round);
    const shared = (fees * (this.feeShares.get(orchestrator) ?? 0n)) / ONE;
    const own = delegator === orchestrator;
    const kept = !own ? 0n : total === 0n ? fees : fees - shared;
    const part = amount - kept;

    if (stake === 0n) expect(part, `S2: ${delegator} had no stake in round ${key}`).to.equal(0n);
    if (total !== 0n) {
      const exact = part * total <= shared * stake && shared * stake < (part + 1n) * total;
      expect(exact, `S3: ${delegator} got ${part} of ${shared} in round ${key} with ${stake} of ${total}`).to.equal(
        true,
      );
    }
    const claims = this.claims.get(key) ?? new Map<string, bigint>();
    expect(claims.has(delegator), `S7: ${delegator} claimed round ${key} twice`).to.equal(false);
    claims.set(delegator, amount);
    this.claims.set(key, claims);
    this.claimed += amount;
    const paid = sum([...claims.values()]);
    expect(paid <= fees, `S7: round ${key} paid ${paid} of ${fees}`).to.equal(true);
  }
}

export const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
