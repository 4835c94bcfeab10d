import type { Allocation } from "../../sim/model/broker/allocations.ts";
import { Protocol as Model } from "../../sim/model/protocol.ts";
import { Actions } from "./actions.ts";
import { resolve } from "./amounts.ts";
import { Announcements } from "./announcements.ts";
import type { Commitment } from "./comparison.ts";
import { scheduleOf } from "./deployed.ts";
import type { Ledger } from "./ledger.ts";
import { Pair } from "./pair.ts";
import { COMMISSION_NOTICE } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Act, Step } from "./steps.ts";
import { sign } from "./tickets.ts";
import type { Held, Order } from "./tickets.ts";

const ONE = 10n ** 18n;
/** {wei ETH} So that all fees of a round stay below 2^96 wei, as all ETH there is does. */
const MOST_FACE = 2n ** 90n;
/** Actions between two looks at everything. */
const FULL_LOOK = 30;
/** From this number on a selector means any of the things there are, and not one of those for which the action makes sense. */
const ANY = 900;

/** Contracts, model and diary for one sequence, and who does what in it. */
export class World {
  readonly model: Model;
  readonly actions: Actions;
  readonly held: Held[] = [];
  readonly #stage: Stage;
  readonly #pair: Pair;
  readonly #announcements: Announcements;
  #steps = 0;

  static async open(stage: Stage): Promise<World> {
    await stage.restore();
    const { chain, chainId, accounts, protocol, treasury } = stage;
    const model = new Model({
      schedule: await scheduleOf(chain),
      broker: {
        chainId,
        broker: chain.addresses.broker,
        bonding: chain.addresses.bonding,
        treasury,
        parameters: { ticketValidity: 2n, unlockPeriod: 4n, curingPeriod: 1n },
      },
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
    this.actions = new Actions(this.#pair);
    this.#announcements = new Announcements(model.rounds);
  }

  get ledger(): Ledger {
    return this.actions.ledger;
  }

  get round(): bigint {
    return this.model.rounds.current;
  }

  // --- Who is who ---

  broadcaster(n: number): string {
    return this.#stage.senders[n % 3]!;
  }

  orchestrator(n: number): string {
    return this.#stage.recipients[n % 3]!;
  }

  key(n: number): string {
    return this.#stage.keys[n % 2]!;
  }

  anybody(n: number): string {
    return this.#stage.accounts[n % 9]!;
  }

  get admin(): string {
    return this.#stage.protocol.deployer.address;
  }

  get bondingManager(): string {
    return this.#stage.chain.addresses.bonding;
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
    this.#announcements.check(this.model.broker.windows);
    this.#steps += 1;
    if (this.#steps % FULL_LOOK === 0) await this.compareEverything();
  }

  /** Moves the clock; the next call's block will have this time. */
  passTo(time: bigint): void {
    this.model.rounds.now = time;
  }

  /** The next call comes a second later. */
  tick(): void {
    this.passTo(this.model.rounds.now + 1n);
  }

  compareEverything(): Promise<void> {
    return this.actions.comparison.everything(this.held);
  }

  async #act(act: Act): Promise<void> {
    const { actions, model } = this;
    switch (act.do) {
      case "rest":
        return;
      case "fund": {
        const to = this.broadcaster(act.to);
        const value = resolve(act.amount, model.broker.senders.of(to).deposit, ONE / 100n);
        await actions.fund(this.anybody(act.by), to, value, resolve(act.escrow, value, ONE / 100n));
        return;
      }
      case "allocate": {
        const value = resolve(act.amount, 0n, ONE / 10_000n);
        await actions.allocate(this.anybody(act.by), this.broadcaster(act.of), this.orchestrator(act.to), value);
        return;
      }
      case "reduce": {
        const [sender, recipient] = this.#pairOf(act.by, act.of, ({ amount }) => amount !== 0n);
        const { amount } = model.broker.allocations.of(sender, recipient);
        return actions.reduce(sender, recipient, resolve(act.amount, amount, ONE / 100n));
      }
      case "release":
        return actions.release(this.anybody(act.by), ...this.#leaving(act));
      case "authorize": {
        const cap = resolve(act.cap, ONE / 4n, ONE / 100n);
        await actions.authorize(this.broadcaster(act.by), this.key(act.key), this.round + BigInt(act.last), cap);
        return;
      }
      case "unlock":
      case "cancelUnlock":
      case "withdraw":
        return actions.lockAction(act.do, this.#unlocker(act.by));
      case "ticket":
        return this.#ticket(act);
      case "redeem":
      case "claim": {
        const held = this.#held(act.which, act.do === "claim");
        if (held === undefined) return;
        await actions[act.do](held, act.by === null ? held.recipient : this.anybody(act.by));
        return;
      }
      case "batch": {
        const all = act.which.flatMap((which) => this.#held(which) ?? []);
        const recipient = all[0]?.recipient ?? this.orchestrator(0);
        const items = act.mixed ? all : all.filter((held) => held.recipient === recipient);
        return actions.redeemBatch(items, act.by === null ? recipient : this.anybody(act.by));
      }
      case "settle": {
        const debt = this.#debt(act.which, true);
        if (act.by % 3 !== 0) await this.#topUp(debt);
        await actions.settle(this.anybody(act.by), debt);
        return;
      }
      case "forfeit":
        await actions.forfeit(this.anybody(act.by), this.#debt(act.which));
        return;
      case "pull": {
        const by = act.by === null ? this.bondingManager : this.anybody(act.by);
        const of = this.#earner(act.orchestrator);
        const from = [this.ledger.pulledBefore(of), this.ledger.rounds(of)[0] ?? model.broker.windows.firstOpenRound()];
        await actions.pull(of, by, from[act.from % 2]!);
        return;
      }
      case "pay": {
        const amount = resolve(act.amount, model.broker.fees.handedOver, ONE / 1_000n);
        const by = act.by === null ? this.bondingManager : this.anybody(act.by);
        return actions.pay(this.anybody(act.to), amount, by);
      }
      case "announce": {
        const call = { from: this.anybody(act.by), on: "rounds", method: "initializeRound", args: [] } as const;
        await actions.perform(call, () => model.rounds.announce());
        return;
      }
      case "setLength":
        return actions.setLength(this.admin, BigInt(act.length));
      case "setBroker":
        return actions.setBroker(this.admin, BigInt(act.validity), BigInt(act.unlock), BigInt(act.curing));
      case "setNotice":
        return actions.setNotice(this.admin, BigInt(act.notice));
      case "switch": {
        const method = act.pause ? "pause" : "unpause";
        const call = { from: this.admin, on: "broker", method, args: [] } as const;
        await actions.perform(call, () => model.broker[method](this.admin));
        return;
      }
    }
  }

  /** {round} What an action waits for: most of them should come at that boundary, on either side. */
  #dueRound(act: Act): bigint {
    const { senders, allocations, windows } = this.model.broker;
    switch (act.do) {
      case "withdraw":
        return senders.of(this.#unlocker(act.by)).withdrawRound;
      case "release":
        return allocations.of(...this.#leaving(act)).releaseRound;
      case "forfeit":
        return (this.ledger.debtOf(this.#debt(act.which))?.curingRound ?? 0n) + 1n;
      case "pull": {
        const [oldest] = this.ledger.rounds(this.#earner(act.orchestrator));
        return oldest === undefined ? 0n : windows.lastRedemptionRound(oldest) + 1n;
      }
      default:
        return 0n;
    }
  }

  // --- Who and what a selector means ---

  #unlocker(by: number): string {
    return by > ANY ? this.anybody(by) : this.broadcaster(by);
  }

  /** Mostly somebody who has earned something. */
  #earner(n: number): string {
    const earners = this.#stage.recipients.filter((recipient) => this.ledger.rounds(recipient).length > 0);
    return earners[n % earners.length] ?? this.orchestrator(n);
  }

  /** Mostly two of whom `wanted` is true. */
  #pairOf(of: number, to: number, wanted: (allocation: Allocation) => boolean): [sender: string, recipient: string] {
    const { senders, recipients } = this.#stage;
    const pairs = senders
      .flatMap((sender) => recipients.map((recipient): [string, string] => [sender, recipient]))
      .filter((pair) => wanted(this.model.broker.allocations.of(...pair)));
    return of < ANY && pairs.length > 0 ? pairs[of % pairs.length]! : [this.broadcaster(of), this.orchestrator(to)];
  }

  #leaving({ of, to }: Extract<Act, { do: "release" }>): [sender: string, recipient: string] {
    return this.#pairOf(of, to, ({ releaseRound }) => releaseRound !== 0n);
  }

  /** Mostly a winner that is alive and whose commitment has not won; that its sender cannot pay, if asked for. */
  #held(n: number, unpaid = false): Held | undefined {
    const { allocations, winners, windows } = this.model.broker;
    const alive = this.held.filter(
      ({ wins, sender, faceValue, recipient, creationRound, commitmentIndex }) =>
        wins &&
        (!unpaid || allocations.funds(sender, recipient) < faceValue) &&
        windows.lastRedemptionRound(creationRound) >= this.round &&
        !winners.isClosed(recipient, creationRound, commitmentIndex),
    );
    return n < ANY && alive.length > 0 ? alive[n % alive.length] : this.held[n % this.held.length];
  }

  /** Mostly a debt, and mostly a debt that is open; that can be paid still, if asked for. */
  #debt(n: number, alive = false): Commitment {
    const { windows } = this.model.broker;
    const open = this.ledger.debts.filter(
      ({ state, creationRound }) =>
        (state === "open" || (alive && state === "forfeited")) &&
        (!alive || windows.lastRedemptionRound(creationRound) >= this.round),
    );
    const debts = n < ANY && open.length > 0 ? open : this.ledger.debts;
    if (n < (ANY + 1_000) / 2 && debts.length > 0) return debts[n % debts.length]!;
    return { recipient: this.orchestrator(n), creationRound: this.round, commitmentIndex: BigInt(n % 16) };
  }

  /** The sender of a debt puts in what is missing. */
  async #topUp(of: Commitment): Promise<void> {
    const debt = this.ledger.debtOf(of);
    if (debt === undefined) return;
    const missing = debt.faceValue - this.model.broker.allocations.funds(debt.sender, debt.recipient);
    if (missing <= 0n) return;
    await this.actions.fund(debt.sender, debt.sender, missing, 0n);
    this.tick();
  }

  /** The sender itself, or mostly a key that it has authorized. */
  #signer(sender: string, key: number | null): string {
    if (key === null) return sender;
    if (key >= ANY) return this.key(key);
    const known = this.#stage.keys.filter((each) => this.model.broker.signers.of(sender, each).sinceRound !== 0n);
    return known[key % known.length] ?? sender;
  }

  // --- What sequences begin with and tests ask for ---

  /** Ten times the ETH that most tickets ask for, for each broadcaster. */
  async fundAll(): Promise<void> {
    for (const sender of this.#stage.senders) {
      this.tick();
      await this.actions.fund(sender, sender, 5n * ONE, ONE);
    }
  }

  /** {wei ETH} The BondingManager takes the next fees of `recipient` over. */
  pull(recipient: string): Promise<bigint> {
    return this.actions.pull(recipient, this.bondingManager, this.ledger.pulledBefore(recipient));
  }

  async #ticket(act: Extract<Act, { do: "ticket" }>): Promise<void> {
    const leaves = ({ leaving }: Allocation): boolean => leaving !== 0n && act.rand % 2 === 0;
    const [sender, recipient] = this.#pairOf(act.from, act.to, leaves);
    // Mostly, what is to be presented as a debt cannot be paid.
    const size = act.then === "claim" && act.rand < ANY ? "over" : act.face.size;
    const funds = this.model.broker.allocations.funds(sender, recipient);
    const face = resolve({ size, n: act.face.n }, funds, ONE / 1_000n);
    const created = this.round - BigInt(act.age);
    const held = await this.sign({
      sender,
      recipient,
      faceValue: face < MOST_FACE ? face : MOST_FACE,
      winProb: act.winProb,
      salt: BigInt(this.held.length),
      rand: BigInt(act.rand),
      commitmentIndex: act.index,
      creationRound: created < 0n ? 0n : created,
      key: this.#signer(sender, act.key),
      flaw: act.flaw,
    });
    if (act.then !== "keep") await this.actions[act.then](held, recipient);
  }

  /** Has a ticket made by its sender and keeps it. */
  async sign(order: Order): Promise<Held> {
    const held = await sign(this.#stage, order);
    this.held.push(held);
    return held;
  }
}
