import { need } from "../refusal.ts";
import type { Rounds } from "../rounds.ts";

/** {round} Governed windows. */
export interface BrokerParameters {
  readonly ticketValidity: bigint;
  readonly unlockPeriod: bigint;
  readonly curingPeriod: bigint;
}

const MIN_VALIDITY = 1n;
const MAX_VALIDITY = 30n;
const MAX_UNLOCK_PERIOD = 100n;
const MIN_CURING_PERIOD = 1n;

/** How long tickets, locks and debts last. */
export class Windows {
  parameters: BrokerParameters;

  readonly #rounds: Rounds;
  /** Every validity that there ever was, oldest first: it holds for tickets created from `fromRound` until the next one begins. */
  readonly #validities: { readonly fromRound: bigint; readonly validity: bigint }[];

  constructor(rounds: Rounds, parameters: BrokerParameters) {
    this.#rounds = rounds;
    this.parameters = parameters;
    this.#validities = [{ fromRound: 0n, validity: parameters.ticketValidity }];
  }

  /** {round} The first one whose tickets have the present parameters' validity; 0 = all. */
  get validityRound(): bigint {
    return this.#validities.at(-1)!.fromRound;
  }

  /** {round} The last one in which a ticket of `creationRound` can be redeemed. The contract remembers two validities, which is all that can be alive. */
  lastRedemptionRound(creationRound: bigint): bigint {
    return creationRound + this.#validities.findLast(({ fromRound }) => fromRound <= creationRound)!.validity;
  }

  /** {round} The first one of which a ticket may still be redeemed. */
  firstOpenRound(): bigint {
    const { current } = this.#rounds;
    let round = max(0n, current - MAX_VALIDITY);
    while (this.lastRedemptionRound(round) < current) round += 1n;
    return round;
  }

  /** {round} Of all tickets that can be redeemed or made. */
  longestValidity(): bigint {
    const alive = this.#validities.filter(({ validity }, i) => {
      const end = this.#validities[i + 1]?.fromRound;
      return end === undefined || this.#rounds.current < end + validity;
    });
    return max(...alive.map(({ validity }) => validity));
  }

  /** @param shortestNotice of any commission that is announced now or has not begun {round} */
  change(next: BrokerParameters, shortestNotice: bigint): void {
    requireBounds(next);
    need(
      next.ticketValidity < shortestNotice,
      "TicketBrokerValidityNotBelowNotice",
      next.ticketValidity,
      shortestNotice,
    );
    const old = this.parameters;
    const round = this.#rounds.current;

    const longest = max(next.ticketValidity, this.longestValidity());
    const shortest = min(old.unlockPeriod, next.unlockPeriod);
    need(shortest > longest + 1n, "TicketBrokerUnlockPeriodTooShort", shortest, longest + 1n);

    if (next.ticketValidity !== old.ticketValidity) {
      const [before, last] = this.#validities.slice(-2);
      if (before !== undefined && last !== undefined) {
        const needRound = last.fromRound + max(before.validity, last.validity);
        need(round >= needRound, "TicketBrokerValidityChangedRecently", round, needRound);
      }
      this.#validities.push({ fromRound: round + 1n, validity: next.ticketValidity });
    }
    this.parameters = next;
  }
}

function requireBounds({ ticketValidity, unlockPeriod, curingPeriod }: BrokerParameters): void {
  need(
    ticketValidity >= MIN_VALIDITY && ticketValidity <= MAX_VALIDITY,
    "TicketBrokerValidityOutOfBounds",
    ticketValidity,
    MIN_VALIDITY,
    MAX_VALIDITY,
  );
  need(unlockPeriod <= MAX_UNLOCK_PERIOD, "TicketBrokerUnlockPeriodTooLong", unlockPeriod, MAX_UNLOCK_PERIOD);
  need(unlockPeriod > ticketValidity + 1n, "TicketBrokerUnlockPeriodTooShort", unlockPeriod, ticketValidity + 1n);
  need(
    curingPeriod >= MIN_CURING_PERIOD && curingPeriod <= ticketValidity,
    "TicketBrokerCuringPeriodOutOfBounds",
    curingPeriod,
    MIN_CURING_PERIOD,
    ticketValidity,
  );
}

const max = (...values: bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
