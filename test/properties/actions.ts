import { expect } from "chai";
import type { Protocol as Model } from "../../sim/model/protocol.ts";
import type { Refusal } from "../../sim/model/refusal.ts";
import type { Call } from "./chain.ts";
import { Comparison } from "./comparison.ts";
import type { Commitment } from "./comparison.ts";
import { Ledger } from "./ledger.ts";
import type { Pair } from "./pair.ts";
import type { Done } from "./pair.ts";
import { Promises } from "./promises.ts";
import type { Stage } from "./stage.ts";
import { batchArgs, batchesOf, redemptionArgs } from "./tickets.ts";
import type { Held } from "./tickets.ts";

/** Each action, done on contract and model, compared, and written in the diary when it is done. */
export class Actions {
  readonly ledger = new Ledger();
  readonly promises = new Promises(this.ledger);
  readonly comparison: Comparison;
  readonly #pair: Pair;

  constructor(pair: Pair) {
    this.#pair = pair;
    this.comparison = new Comparison(pair, this.ledger, this.promises);
  }

  get #stage(): Stage {
    return this.#pair.stage;
  }

  get #model(): Model {
    return this.#pair.model;
  }

  get #broker(): Model["broker"] {
    return this.#pair.model.broker;
  }

  get #round(): bigint {
    return this.#pair.model.rounds.current;
  }

  // --- Broadcasters ---

  async fund(from: string, to: string, value: bigint, escrow: bigint): Promise<boolean> {
    const call = { from, on: "broker", method: "fund", args: [to, escrow], value } as const;
    const done = await this.perform(call, () => this.#broker.senders.fund(from, to, value, escrow));
    if (done.ok) this.ledger.note("funded", to, value);
    return done.ok;
  }

  async allocate(from: string, sender: string, recipient: string, value: bigint): Promise<boolean> {
    const call = { from, on: "broker", method: "fundAllocation", args: [sender, recipient], value } as const;
    const done = await this.perform(call, () => this.#broker.allocations.fund(from, sender, recipient, value));
    if (!done.ok) return false;
    this.ledger.note("funded", sender, value);
    this.promises.note("funded", sender, recipient, value, this.#round);
    await this.comparison.allocation(sender, recipient);
    return true;
  }

  async reduce(from: string, recipient: string, amount: bigint): Promise<void> {
    const call = { from, on: "broker", method: "reduceAllocation", args: [recipient, amount] } as const;
    const done = await this.perform(call, () => this.#broker.allocations.reduce(from, recipient, amount));
    if (!done.ok) return;
    this.promises.note("reduced", from, recipient, amount, this.#round);
    await this.comparison.allocation(from, recipient);
  }

  async release(from: string, sender: string, recipient: string): Promise<void> {
    const before = this.#broker.allocations.of(sender, recipient);
    const call = { from, on: "broker", method: "releaseAllocation", args: [sender, recipient] } as const;
    const done = await this.perform(call, () => this.#broker.allocations.release(sender, recipient));
    if (!done.ok) return;
    const amount = before.amount - this.#broker.allocations.of(sender, recipient).amount;
    const announced = this.promises.release(sender, recipient, amount, this.#round);
    await this.#expectDead(announced, `P3: ${sender} announced in ${announced} what it released`);
    await this.comparison.allocation(sender, recipient);
  }

  async authorize(from: string, key: string, lastRound: bigint, cap: bigint): Promise<boolean> {
    const call = { from, on: "broker", method: "authorizeSigner", args: [key, lastRound, cap] } as const;
    const done = await this.perform(call, () => this.#broker.signers.authorize(from, key, lastRound, cap));
    if (!done.ok) return false;
    if (this.promises.hasExpired(from, key, this.#round)) this.#pair.count("authorizeSigner of an expired key");
    this.promises.authorize(from, key, lastRound, cap, this.#round);
    await this.comparison.signer(from, key);
    await this.comparison.caps(from, key);
    return true;
  }

  async lockAction(method: "unlock" | "cancelUnlock" | "withdraw", from: string): Promise<void> {
    const { deposit, escrow } = this.#broker.senders.of(from);
    const done = await this.perform({ from, on: "broker", method, args: [] }, () => this.#broker.senders[method](from));
    if (!done.ok) return;
    if (method === "withdraw") {
      this.ledger.note("withdrawn", from, deposit + escrow);
      await this.#checkWithdrawal(from);
    }
    if (method === "unlock") this.ledger.unlocks.set(from, this.#round);
    else this.ledger.unlocks.delete(from);
  }

  /** P2 and P4: no ticket that `sender` can have made before its unlock is alive, and what it owed could have cost it its escrow. */
  async #checkWithdrawal(sender: string): Promise<void> {
    const unlocked = this.ledger.unlocks.get(sender);
    if (unlocked === undefined) throw new Error(`P2: ${sender} withdrew without an unlock`);
    await this.#expectDead(unlocked, `P2: ${sender} unlocked in ${unlocked} and withdrew`);
    for (const debt of this.ledger.debts) {
      if (debt.sender !== sender || debt.creationRound > unlocked) continue;
      const text = `P4: ${sender} withdrew in ${this.#round}, its debt was curing until ${debt.curingRound}`;
      expect(debt.curingRound + 1n < this.#round, text).to.equal(true);
    }
  }

  /** No ticket that was made until `round` can be redeemed now. */
  async #expectDead(until: bigint, text: string): Promise<void> {
    for (let round = until; round >= 0n && round + 32n > until; round -= 1n) {
      const last = (await this.#stage.chain.read("broker", "lastRedemptionRound", round))[0] as bigint;
      expect(last < this.#round, `${text} in ${this.#round}, tickets of ${round} live until ${last}`).to.equal(true);
    }
  }

  // --- Winners ---

  async redeem(held: Held, from: string): Promise<boolean> {
    const before = this.#broker.allocations.of(held.sender, held.recipient);
    const call = { from, on: "broker", method: "redeem", args: redemptionArgs(held) } as const;
    const done = await this.perform(call, () => this.#broker.winners.redeem(from, held));
    if (done.ok) {
      this.ledger.win(held);
      this.promises.spend(held);
      if (held.key !== held.sender) this.#pair.count("redeem by a key");
      if (held.commitmentIndex >= 160n) this.#pair.count("redeem of a high number");
      const { amount, leaving } = this.#broker.allocations.of(held.sender, held.recipient);
      if (amount < before.amount) this.#pair.count("redeem from an allocation");
      if (leaving < before.leaving) this.#pair.count("redeem from what leaves");
    } else this.#checkKey(held, from, done.refusal);
    await this.#lookAt(held);
    return done.ok;
  }

  async redeemBatch(items: readonly Held[], from: string): Promise<void> {
    const batches = batchesOf(items);
    const flat = batches.flatMap(({ winners }) => winners as Held[]);
    const call = { from, on: "broker", method: "redeemBatch", args: batchArgs(batches) } as const;
    const done = await this.perform(call, () => this.#broker.winners.redeemBatch(from, batches));
    if (!done.ok) return;
    for (const [index, held] of flat.entries()) {
      const refusal = done.result[index] ?? null;
      this.#pair.count(`batch ${refusal?.name ?? "paid"}`);
      if (refusal === null) {
        this.ledger.win(held);
        this.promises.spend(held);
        if (held.key !== held.sender) this.#pair.count("batch paid by a key");
      } else this.#checkKey(held, from, refusal);
    }
    for (const held of flat) await this.#lookAt(held);
    const most = Math.max(0, ...batches.map(({ winners }) => winners.length));
    if (most > 2) this.#pair.count("batch with a payer of several");
    if (batches.length > 1) this.#pair.count("batch with several payers");
  }

  async claim(held: Held, from: string): Promise<boolean> {
    const funds = this.#broker.allocations.funds(held.sender, from);
    const call = { from, on: "broker", method: "claimDefault", args: redemptionArgs(held) } as const;
    const done = await this.perform(call, () => this.#broker.defaults.claim(from, held));
    if (done.ok) {
      this.ledger.claim(held, funds, this.#round + this.#broker.windows.parameters.curingPeriod);
      this.promises.spend(held);
      if (held.key !== held.sender) this.#pair.count("claimDefault by a key");
    } else this.#checkKey(held, from, done.refusal);
    await this.#lookAt(held);
    return done.ok;
  }

  async settle(from: string, debt: Commitment): Promise<boolean> {
    const { recipient, creationRound, commitmentIndex } = debt;
    const args = [recipient, creationRound, commitmentIndex] as const;
    const call = { from, on: "broker", method: "settleDefault", args } as const;
    const done = await this.perform(call, () => this.#broker.defaults.settle(...args));
    if (done.ok) this.ledger.settle(this.ledger.debtOf(debt)!);
    await this.comparison.commitment(debt);
    await this.#lookAtSender(this.ledger.debtOf(debt)?.sender, recipient);
    return done.ok;
  }

  async forfeit(from: string, debt: Commitment): Promise<boolean> {
    const { recipient, creationRound, commitmentIndex } = debt;
    const args = [recipient, creationRound, commitmentIndex] as const;
    const sender = this.ledger.debtOf(debt)?.sender ?? from;
    const before = this.#broker.senders.of(sender).escrow;
    const treasury = this.#model.ether.of(this.#stage.treasury);
    const call = { from, on: "broker", method: "forfeitEscrow", args } as const;
    const done = await this.perform(call, () => this.#broker.defaults.forfeit(...args));
    if (done.ok) {
      const amount = this.#model.ether.of(this.#stage.treasury) - treasury;
      this.ledger.forfeit(this.ledger.debtOf(debt)!, this.#round, amount, before);
    } else if (done.refusal.name === "TicketBrokerNothingToForfeit" && before !== 0n)
      this.#pair.count("escrow that came after the debt");
    await this.comparison.commitment(debt);
    await this.#lookAtSender(this.ledger.debtOf(debt)?.sender, recipient);
    return done.ok;
  }

  /** What a key could sign in a round stays good: nothing that the sender does later is a reason to refuse it. */
  #checkKey(held: Held, from: string, { name }: Refusal): void {
    if (held.flaw !== "none" || held.key === held.sender || from !== held.recipient) return;
    const revoked = name === "TicketBrokerSignerCapExceeded" || name === "TicketBrokerInvalidSignature";
    expect(revoked && this.promises.isGood(held), `a key was good when it signed: ${name}`).to.equal(false);
  }

  async #lookAt(held: Held): Promise<void> {
    await this.comparison.commitment(held);
    await this.#lookAtSender(held.sender, held.recipient);
    if (held.key !== held.sender) await this.comparison.signer(held.sender, held.key);
  }

  async #lookAtSender(sender: string | undefined, recipient: string): Promise<void> {
    if (sender === undefined) return;
    await this.comparison.account(sender);
    await this.comparison.allocation(sender, recipient);
  }

  // --- Fees ---

  /** {wei ETH} What was handed over. The BondingManager is told what the event says, or up to which round there is nothing. */
  async pull(recipient: string, from: string, fromRound: bigint): Promise<bigint> {
    const call = { from, on: "broker", method: "pullFees", args: [recipient, fromRound] } as const;
    const done = await this.perform(call, () => this.#broker.fees.pull(from, recipient, fromRound));
    if (!done.ok) return 0n;
    const { round, amount } = done.result;
    this.ledger.pull(recipient, round, amount);
    if (amount !== 0n) this.#pair.count("pull of something");
    else expect([...(await this.#stage.chain.ask(call))], "where nothing is handed over").to.deep.equal([round, 0n]);
    return amount;
  }

  async pay(to: string, amount: bigint, from: string): Promise<void> {
    const call = { from, on: "broker", method: "payFees", args: [to, amount] } as const;
    const done = await this.perform(call, () => this.#broker.fees.pay(from, to, amount));
    if (!done.ok) return;
    this.ledger.pay(amount);
    if (amount !== 0n) this.#pair.count("payment of something");
  }

  // --- Governance ---

  async setLength(from: string, length: bigint): Promise<void> {
    const call = { from, on: "rounds", method: "setRoundLength", args: [length] } as const;
    await this.perform(call, () => this.#model.rounds.setLength(length));
  }

  async setBroker(from: string, ticketValidity: bigint, unlockPeriod: bigint, curingPeriod: bigint): Promise<void> {
    const next = { ticketValidity, unlockPeriod, curingPeriod };
    const before = this.#broker.windows.parameters.ticketValidity;
    const call = { from, on: "broker", method: "setParameters", args: [next] } as const;
    const done = await this.perform(call, () => this.#broker.setParameters(next, this.#model.notices.shortest));
    if (!done.ok) return;
    if (ticketValidity !== before) this.#pair.count("change of the validity");
    await this.comparison.windows();
  }

  async setNotice(from: string, commissionNotice: bigint): Promise<void> {
    const { broker, notices } = this.#model;
    const next = { ...this.#stage.protocol.parameters.bonding, commissionNotice };
    const call = { from, on: "bonding", method: "setParameters", args: [next] } as const;
    const done = await this.perform(call, () => notices.change(commissionNotice, broker.windows.longestValidity()));
    if (!done.ok) return;
    this.#pair.count("change of the notice");
    await this.comparison.windows();
  }

  /** One call on both sides, and a look at everything that it can have touched. */
  async perform<T>(call: Call, onModel: () => T): Promise<Done<T>> {
    const done = await this.#pair.perform(call, onModel);
    const named = this.#stage.accounts.filter((account) => account === call.from || call.args.includes(account));
    for (const account of named) await this.comparison.account(account);
    await this.comparison.whole();
    return done;
  }
}
