import { expect } from "chai";
import { Protocol as Model } from "../../sim/model/protocol.ts";
import type { BatchResult } from "../../sim/model/broker.ts";
import { digestOf } from "../../sim/model/ticket.ts";
import type { Ticket } from "../../sim/model/ticket.ts";
import { Announcements } from "./announcements.ts";
import { resolve, UINT96 } from "./amounts.ts";
import { refusalOf } from "./chain.ts";
import type { Call } from "./chain.ts";
import { Comparison } from "./comparison.ts";
import { Ledger } from "./ledger.ts";
import { describe, Pair } from "./pair.ts";
import type { Done } from "./pair.ts";
import { COMMISSION_NOTICE } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Act, Step } from "./steps.ts";
import { sign } from "./tickets.ts";
import type { Held, Order } from "./tickets.ts";

const ONE = 10n ** 18n;
/** Actions between two looks at everything. */
const FULL_LOOK = 30;

/** Contracts, model and diary for one sequence, and the actions in it. */
export class World {
  readonly model: Model;
  readonly ledger = new Ledger();
  readonly held: Held[] = [];
  readonly #stage: Stage;
  readonly #pair: Pair;
  readonly #comparison: Comparison;
  readonly #announcements: Announcements;
  #actions = 0;

  static async open(stage: Stage): Promise<World> {
    await stage.restore();
    const { chain, chainId, accounts, protocol } = stage;
    const [active] = await chain.read("rounds", "schedule");
    const [startTime, startRound, length] = active as [bigint, bigint, bigint];
    const model = new Model({
      chainId,
      brokerAddress: chain.addresses.broker,
      bondingAddress: chain.addresses.bonding,
      schedule: { startTime, startRound, length },
      broker: { ticketValidity: 2n, unlockPeriod: 4n, curingPeriod: 1n },
      commissionNotice: COMMISSION_NOTICE,
    });
    const latest = await protocol.ethers.provider.getBlock("latest");
    model.rounds.now = BigInt(latest!.timestamp);
    for (const account of accounts) model.ether.create(account, await chain.balance(account));
    return new World(stage, model);
  }

  private constructor(stage: Stage, model: Model) {
    this.#stage = stage;
    this.model = model;
    this.#pair = new Pair(stage, model);
    this.#comparison = new Comparison(this.#pair, this.ledger);
    this.#announcements = new Announcements(model.rounds);
  }

  get round(): bigint {
    return this.model.rounds.current;
  }

  // --- Who is who ---

  broadcaster(n: number): string {
    return this.#stage.accounts[n % 3]!;
  }

  orchestrator(n: number): string {
    return this.#stage.accounts[2 + (n % 3)]!;
  }

  anybody(n: number): string {
    return this.#stage.accounts[n % 9]!;
  }

  get admin(): string {
    return this.#stage.protocol.deployer.address;
  }

  get #bondingManager(): string {
    return this.#stage.chain.addresses.bonding;
  }

  digestOf(ticket: Ticket): string {
    return digestOf(ticket, { chainId: this.#stage.chainId, broker: this.#stage.chain.addresses.broker });
  }

  // --- Steps ---

  /** Runs a sequence; a failure names its last calls. */
  async run(steps: readonly Step[]): Promise<void> {
    try {
      for (const step of steps) await this.step(step);
      await this.compareEverything();
    } catch (error) {
      if (error instanceof Error) error.message += `\nCalls:\n${this.#pair.transcript.join("\n")}`;
      throw error;
    }
  }

  async step({ wait, act }: Step): Promise<void> {
    const { rounds } = this.model;
    let time = rounds.now + 1n;
    if (wait.to === "boundary") {
      const due = wait.rounds <= 3 ? this.#dueRound(act) : 0n;
      const round = due > rounds.current ? due : rounds.current + BigInt(wait.rounds);
      const target = rounds.startOf(round) + BigInt(wait.offset);
      if (target > time) time = target;
    }
    this.passTo(time);
    this.#announcements.make(this.model.notices.inForce);
    await this.#act(act);
    this.#announcements.make(this.model.notices.inForce);
    this.#announcements.check(this.model.broker);
    this.#actions += 1;
    if (this.#actions % FULL_LOOK === 0) await this.compareEverything();
  }

  /** Moves the clock; the next call's block will have this time. */
  passTo(time: bigint): void {
    this.model.rounds.now = time;
  }

  compareEverything(): Promise<void> {
    return this.#comparison.everything(this.held);
  }

  async #act(act: Act): Promise<void> {
    switch (act.do) {
      case "rest":
        return;
      case "fund": {
        const to = this.broadcaster(act.to);
        const value = resolve(act.amount, this.model.broker.sender(to).deposit, ONE / 100n);
        await this.fund(this.anybody(act.by), to, value, resolve(act.escrow, value, ONE / 100n));
        return;
      }
      case "unlock":
      case "cancelUnlock":
      case "withdraw":
        return this.lockAction(act.do, this.#unlocker(act.by));
      case "ticket":
        return this.#ticket(act);
      case "redeem": {
        const held = this.held[act.which % this.held.length];
        if (held !== undefined) await this.redeem(held, act.by === null ? held.ticket.recipient : this.anybody(act.by));
        return;
      }
      case "batch": {
        const all = act.which.flatMap((which) => this.held[which % this.held.length] ?? []);
        const recipient = all[0]?.ticket.recipient ?? this.orchestrator(0);
        const items = act.mixed ? all : all.filter(({ ticket }) => ticket.recipient === recipient);
        const by = act.by === null ? recipient : this.anybody(act.by);
        return this.redeemBatch(items, by);
      }
      case "pull": {
        const by = act.by === null ? this.#bondingManager : this.anybody(act.by);
        await this.pull(this.#earner(act.orchestrator), by);
        return;
      }
      case "pay": {
        const amount = resolve(act.amount, this.model.broker.handedOver, ONE / 1_000n);
        const by = act.by === null ? this.#bondingManager : this.anybody(act.by);
        return this.pay(this.anybody(act.to), amount, by);
      }
      case "announce": {
        const call = { from: this.anybody(act.by), on: "rounds", method: "initializeRound", args: [] } as const;
        await this.#perform(call, () => this.model.rounds.announce());
        return;
      }
      case "setLength":
        return this.setLength(BigInt(act.length));
      case "setBroker":
        return this.#setBroker(BigInt(act.validity), BigInt(act.unlock), BigInt(act.curing));
      case "setNotice":
        return this.#setNotice(BigInt(act.notice));
      case "switch": {
        const method = act.pause ? "pause" : "unpause";
        const call = { from: this.admin, on: "broker", method, args: [] } as const;
        await this.#perform(call, () => this.model.broker.funding[method]());
        return;
      }
    }
  }

  #unlocker(by: number): string {
    return by > 900 ? this.anybody(by) : this.broadcaster(by);
  }

  /** Mostly somebody who has earned something. */
  #earner(n: number): string {
    const all = [0, 1, 2].map((i) => this.orchestrator(i));
    const earners = all.filter((orchestrator) => this.ledger.rounds(orchestrator).length > 0);
    return earners[n % earners.length] ?? this.orchestrator(n);
  }

  /** {round} What an action waits for: most of them should come at that boundary, on either side. */
  #dueRound(act: Act): bigint {
    const { broker } = this.model;
    if (act.do === "withdraw") return broker.sender(this.#unlocker(act.by)).withdrawRound;
    const [oldest] = act.do === "pull" ? this.ledger.rounds(this.#earner(act.orchestrator)) : [];
    return oldest === undefined ? 0n : broker.lastRedemptionRound(oldest) + 1n;
  }

  // --- Actions, each written in the diary when it is done ---

  /** Ten times the ETH that most tickets ask for, for each broadcaster. */
  async fundAll(): Promise<void> {
    for (const n of [0, 1, 2]) {
      this.passTo(this.model.rounds.now + 1n);
      await this.fund(this.broadcaster(n), this.broadcaster(n), 5n * ONE, ONE);
    }
  }

  async fund(from: string, to: string, value: bigint, escrow: bigint): Promise<boolean> {
    const call = { from, on: "broker", method: "fund", args: [to, escrow], value } as const;
    const done = await this.#perform(call, () => this.model.broker.fund(from, to, value, escrow));
    if (done.ok) this.ledger.funded += value;
    return done.ok;
  }

  async lockAction(method: "unlock" | "cancelUnlock" | "withdraw", from: string): Promise<void> {
    const { deposit, escrow } = this.model.broker.sender(from);
    const done = await this.#perform({ from, on: "broker", method, args: [] }, () => this.model.broker[method](from));
    if (!done.ok) return;
    if (method === "unlock") this.ledger.unlocks.set(from, this.round);
    if (method === "withdraw") {
      this.ledger.withdrawn += deposit + escrow;
      await this.#checkWithdrawal(from);
    }
    if (method !== "unlock") this.ledger.unlocks.delete(from);
  }

  /** P2: no ticket that `sender` can have made before its unlock is alive. */
  async #checkWithdrawal(sender: string): Promise<void> {
    const unlocked = this.ledger.unlocks.get(sender);
    if (unlocked === undefined) throw new Error(`P2: ${sender} withdrew without an unlock`);
    for (let round = unlocked; round >= 0n && round + 32n > unlocked; round -= 1n) {
      const last = (await this.#stage.chain.read("broker", "lastRedemptionRound", round))[0] as bigint;
      const when = `P2: ${sender} unlocked in ${unlocked}, withdrew in ${this.round}, tickets of ${round} live until ${last}`;
      expect(last < this.round, when).to.equal(true);
    }
  }

  async #ticket(act: Extract<Act, { do: "ticket" }>): Promise<void> {
    const sender = this.broadcaster(act.from);
    const { deposit } = this.model.broker.sender(sender);
    const face = resolve(act.face, deposit, ONE / 1_000n);
    const created = this.round - BigInt(act.age);
    const held = await this.sign({
      sender,
      recipient: this.orchestrator(act.to),
      faceValue: face < UINT96 ? face : UINT96 - 1n,
      winProb: act.winProb,
      salt: BigInt(this.held.length),
      rand: BigInt(act.rand),
      commitmentIndex: act.index,
      creationRound: created < 0n ? 0n : created,
      flaw: act.flaw,
    });
    if (act.redeem) await this.redeem(held, held.ticket.recipient);
  }

  /** Has a ticket made by its sender and keeps it. */
  async sign(order: Order): Promise<Held> {
    const held = await sign(this.#stage, order);
    this.held.push(held);
    return held;
  }

  async redeem(held: Held, from: string): Promise<boolean> {
    const { ticket, signature, recipientRand } = held;
    const args = [ticket, signature, recipientRand];
    const call = { from, on: "broker", method: "redeem", args } as const;
    const done = await this.#perform(call, () => this.model.broker.redeem(from, held));
    if (done.ok) this.ledger.win(ticket);
    await this.#comparison.ticket(ticket);
    return done.ok;
  }

  async redeemBatch(items: readonly Held[], from: string): Promise<void> {
    const { chain } = this.#stage;
    const args = [items.map(({ ticket, signature, recipientRand }) => ({ ticket, signature, recipientRand }))];
    const call = { from, on: "broker", method: "redeemBatch", args } as const;
    const done = await this.#perform<BatchResult>(call, () => this.model.broker.redeemBatch(from, items));
    if (!done.ok) return;

    const skipped = new Map(done.result.skipped.map(({ index, refusal }) => [index, refusal]));
    for (const [index, { ticket }] of items.entries()) {
      this.#pair.count(`batch ${skipped.get(index)?.name ?? "paid"}`);
      if (!skipped.has(index)) this.ledger.win(ticket);
      await this.#comparison.ticket(ticket);
    }
    const events = await chain.events("broker", done.hash);
    const reasons = events.flatMap(({ name, args: [index, reason] }) =>
      name === "RedemptionSkipped" ? [`${index}: ${describe(refusalOf("broker", reason as string))}`] : [],
    );
    expect(reasons).to.deep.equal(
      [...skipped].map(([index, refusal]) => `${index}: ${describe(refusal)}`),
      "skipped",
    );
    expect(events.filter(({ name }) => name === "TicketRedeemed").length).to.equal(done.result.paid, "paid");
  }

  /** {wei ETH} What was handed over. The event is what the BondingManager is told, too. */
  async pull(recipient: string, from = this.#bondingManager): Promise<bigint> {
    const call = { from, on: "broker", method: "pullFees", args: [recipient] } as const;
    const done = await this.#perform(call, () => this.model.broker.pullFees(from, recipient));
    if (!done.ok) return 0n;
    const { round, amount } = done.result;
    const events = await this.#stage.chain.events("broker", done.hash);
    const told = events.map(({ name, args }) => [name, ...(args as unknown[])]);
    expect(told).to.deep.equal(amount === 0n ? [] : [["FeesPulled", recipient, round, amount]]);
    this.ledger.pull(recipient, round, amount);
    if (amount !== 0n) this.#pair.count("pull of something");
    return amount;
  }

  async pay(to: string, amount: bigint, from = this.#bondingManager): Promise<void> {
    const call = { from, on: "broker", method: "payFees", args: [to, amount] } as const;
    const done = await this.#perform(call, () => this.model.broker.payFees(from, to, amount));
    if (!done.ok) return;
    this.ledger.pay(amount);
    if (amount !== 0n) this.#pair.count("payment of something");
  }

  async setLength(length: bigint): Promise<void> {
    const call = { from: this.admin, on: "rounds", method: "setRoundLength", args: [length] } as const;
    await this.#perform(call, () => this.model.rounds.setLength(length));
  }

  async #setBroker(ticketValidity: bigint, unlockPeriod: bigint, curingPeriod: bigint): Promise<void> {
    const next = { ticketValidity, unlockPeriod, curingPeriod };
    const before = this.model.broker.parameters.ticketValidity;
    const call = { from: this.admin, on: "broker", method: "setParameters", args: [next] } as const;
    const done = await this.#perform(call, () => {
      this.model.broker.setParameters(next, this.model.notices.shortest);
    });
    if (!done.ok) return;
    if (ticketValidity !== before) this.#pair.count("change of the validity");
    await this.#comparison.windows();
  }

  async #setNotice(commissionNotice: bigint): Promise<void> {
    const { broker, notices } = this.model;
    const next = { ...this.#stage.protocol.parameters.bonding, commissionNotice };
    const call = { from: this.admin, on: "bonding", method: "setParameters", args: [next] } as const;
    const done = await this.#perform(call, () => notices.change(commissionNotice, broker.longestValidity()));
    if (!done.ok) return;
    this.#pair.count("change of the notice");
    await this.#comparison.windows();
  }

  /** One call on both sides, and a look at everything that it can have touched. */
  async #perform<T>(call: Call, onModel: () => T): Promise<Done<T>> {
    const done = await this.#pair.perform(call, onModel);
    const named = this.#stage.accounts.filter((account) => account === call.from || call.args.includes(account));
    for (const account of named) await this.#comparison.account(account);
    await this.#comparison.whole();
    return done;
  }
}
