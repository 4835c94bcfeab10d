import { expect } from "chai";
import { Outcome } from "../../../sim/model/disputes/challenge.ts";
import { GWEI } from "../../../sim/model/disputes/parameters.ts";
import { sum } from "../amounts.ts";
import { View } from "../bonding/view.ts";
import { isOpen } from "./book.ts";
import type { Book, Opened } from "./book.ts";
import type { Pair } from "./pair.ts";
import { OUTSIDERS } from "./stage.ts";

/** {wei LPT} What roundings may give to those who stay, in one action. */
const DUST = 10n;
/** {gas} That a bond pays for at the price cap, beside the penalty. */
const BONDED_GAS = 2_000_000n;

interface Worth {
  /** {wei LPT} In stake and outside. */
  readonly lpt: bigint;
  /** {wei ETH} On accounts, in bonds, and kept; before gas. */
  readonly eth: bigint;
}

/**
 * All who take part in disputes, with all that they have, as if they were one: orchestrators, broadcasters, defenders. Whatever they do to each
 * other, they have less afterwards.
 */
export class Coalition {
  readonly #pair: Pair;
  readonly #book: Book;
  readonly #over = new Set<Opened>();
  #worth: Worth;

  constructor(pair: Pair, book: Book) {
    this.#pair = pair;
    this.#book = book;
    this.#worth = this.#measure();
  }

  /** After every action: it has won nothing, and lost something by each challenge that has ended with a slash or with a lost bond. */
  check(): void {
    const before = this.#worth;
    const now = (this.#worth = this.#measure());
    const ended = this.#book.opened.filter((opened) => !isOpen(opened) && !this.#over.has(opened));
    for (const opened of ended) this.#over.add(opened);
    const bounties = sum(ended.map(({ slashed }) => slashed?.bounty ?? 0n));
    const penalties = sum(ended.map(penaltyOf));
    // A bounty is half of what the own stake has lost.
    expect(now.lpt <= before.lpt - bounties + DUST, `V4: from ${before.lpt} to ${now.lpt} LPT`).to.equal(true);
    expect(now.eth <= before.eth - penalties, `V4: from ${before.eth} to ${now.eth} ETH`).to.equal(true);
    if (bounties > 0n) this.#pair.count("own stake lost, and half of it won");
    if (penalties > 0n) this.#pair.count("a bond lost to oneself");
  }

  #measure(): Worth {
    const { staking, rounds, tokens, ether } = this.#pair.models;
    const { accounts, chain } = this.#pair.stage;
    const view = new View(staking, rounds.current);
    const members = accounts.slice(0, OUTSIDERS);
    const lpt = members.map((who) => {
      const locks = [...staking.account(who).locks.keys()].map((id) => staking.lockValue(who, id));
      return tokens.of(who) + view.stakeOf(who) + view.waitingOf(who) + sum(locks);
    });
    const eth = members.map((who) => ether.of(who) + (this.#pair.fees.get(who) ?? 0n));
    return { lpt: sum(lpt), eth: sum(eth) + ether.of(chain.addresses.disputes) };
  }
}

/** {wei ETH} The least that the treasury has of a challenge by which somebody has lost a bond. */
function penaltyOf({ challenge: { claim, outcome, pot } }: Opened): bigint {
  const isLost = outcome === Outcome.Refuted || pot > 0n;
  return isLost ? claim.defenceBond - BONDED_GAS * claim.gasPriceCap * GWEI : 0n;
}
