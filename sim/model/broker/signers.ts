import type { Address } from "../money.ts";
import { ZERO_ADDRESS } from "../money.ts";
import { need } from "../refusal.ts";
import { uint96 } from "./context.ts";
import type { Context } from "./context.ts";

/** What a hot key of a broadcaster may sign. */
export interface Signer {
  /** {round} Last creation round of its tickets. */
  readonly lastRound: bigint;
  /** {wei ETH} Most that winners of one creation round take, from `sinceRound` on, and before. */
  readonly cap: bigint;
  readonly previousCap: bigint;
  /** {round} */
  readonly sinceRound: bigint;
}

interface Key {
  lastRound: bigint;
  /** Every cap that there ever was, oldest first: it holds for tickets created from `sinceRound` until the next one begins; null: the key may not sign them. */
  readonly caps: { readonly sinceRound: bigint; readonly cap: bigint | null }[];
}

/** Hot keys, and what their winners have taken. */
export class Signers {
  readonly #context: Context;
  readonly #keys = new Map<string, Key>();
  /** {wei ETH} By sender, key and creation round. */
  readonly #spent = new Map<string, bigint>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** A new key may sign at once; a change holds from the next round on, so what was good in a round stays good. */
  authorize(sender: Address, key: Address, lastRound: bigint, cap: bigint): void {
    const { current } = this.#context.rounds;
    need(key !== ZERO_ADDRESS, "TicketBrokerZeroAddress");
    need(lastRound >= current, "TicketBrokerSignerRoundOver", lastRound, current);
    uint96(cap);

    const known = this.#keys.get(`${sender}/${key}`) ?? { lastRound, caps: [] };
    const sinceRound = known.caps.length === 0 ? current : current + 1n;
    if (known.lastRound < current) begin(known, known.lastRound + 1n, null);
    begin(known, sinceRound, cap);
    known.lastRound = lastRound;
    this.#keys.set(`${sender}/${key}`, known);
    this.#context.emit("SignerAuthorized", sender, key, lastRound, cap, sinceRound);
  }

  of(sender: Address, key: Address): Signer {
    const known = this.#keys.get(`${sender}/${key}`);
    if (known === undefined) return { lastRound: 0n, cap: 0n, previousCap: 0n, sinceRound: 0n };
    const [before, last] = [known.caps.at(-2), known.caps.at(-1)!];
    const { cap, sinceRound } = last;
    return { lastRound: known.lastRound, cap: cap ?? 0n, previousCap: before?.cap ?? 0n, sinceRound };
  }

  spentBy(sender: Address, key: Address, creationRound: bigint): bigint {
    return this.#spent.get(`${sender}/${key}/${creationRound}`) ?? 0n;
  }

  /** {wei ETH} What winners of `creationRound` may take; null: the key may not sign for that round. */
  capOf(sender: Address, key: Address, creationRound: bigint): bigint | null {
    const known = this.#keys.get(`${sender}/${key}`);
    if (known === undefined || creationRound > known.lastRound) return null;
    return known.caps.findLast(({ sinceRound }) => sinceRound <= creationRound)?.cap ?? null;
  }

  spend(sender: Address, key: Address, creationRound: bigint, amount: bigint): void {
    const spent = this.spentBy(sender, key, creationRound);
    this.#spent.set(`${sender}/${key}/${creationRound}`, spent + amount);
  }
}

/** Lets a cap hold from `sinceRound` on, instead of what was to hold then. */
function begin({ caps }: Key, sinceRound: bigint, cap: bigint | null): void {
  const last = caps.at(-1);
  if (last !== undefined && last.sinceRound >= sinceRound) caps.pop();
  caps.push({ sinceRound, cap });
}
