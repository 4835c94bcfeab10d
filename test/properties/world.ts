import { expect } from "chai";
import { toQuantity } from "ethers";
import { Protocol as Model } from "../../sim/model/protocol.ts";
import { Token } from "../../sim/model/money.ts";
import { Refusal } from "../../sim/model/refusal.ts";
import type { BatchResult } from "../../sim/model/broker.ts";
import { commitmentTo, digestOf } from "../../sim/model/ticket.ts";
import type { Redemption, Ticket } from "../../sim/model/ticket.ts";
import { TICKET_TYPES } from "../fixtures/protocol.ts";
import { refusalOf } from "./chain.ts";
import type { Call } from "./chain.ts";
import { Ledger, sum } from "./ledger.ts";
import { encode } from "./signatures.ts";
import { FIRST_ROUND, STAKE } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Act, Amount, Flaw, Step } from "./steps.ts";

const ONE = 10n ** 18n;
const UINT96 = 2n ** 96n;
/** Actions between two looks at everything. */
const FULL_LOOK = 30;

/** A signed ticket that somebody holds, and the signature as it is submitted. */
export interface Held extends Redemption {
  readonly signature: string;
}

/** Contracts, model and diary side by side, for one sequence. */
export class World {
  readonly model: Model;
  readonly ledger = new Ledger();
  readonly held: Held[] = [];
  /** Every call, for the report of a failure. */
  readonly transcript: string[] = [];
  readonly #stage: Stage;
  #actions = 0;
  #ether = 0n;
  /** {s} Time of the latest block. */
  #minedAt = 0n;
  /** {round} Creation rounds below this one have been closed once. */
  #closedBelow = 0n;

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
      bonding: { minimumStake: 5_000n * ONE, minimumSelfStake: 500n * ONE, unbondingPeriod: 3n },
    });
    const latest = await protocol.ethers.provider.getBlock("latest");
    model.rounds.now = BigInt(latest!.timestamp);
    for (const [i, account] of accounts.entries()) {
      model.ether.create(account, await chain.balance(account));
      if (i < 2) continue;
      model.token.balances.create(account, STAKE);
      model.token.approve(account, i === 8 ? STAKE / 2n : Token.UNLIMITED);
    }
    return new World(stage, model);
  }

  private constructor(stage: Stage, model: Model) {
    this.#stage = stage;
    this.model = model;
    this.#ether = sum(stage.accounts.map((account) => model.ether.of(account)));
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

  delegator(n: number): string {
    return this.#stage.accounts[2 + (n % 7)]!;
  }

  anybody(n: number): string {
    return this.#stage.accounts[n % 9]!;
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
      if (error instanceof Error) error.message += `\nCalls:\n${this.transcript.join("\n")}`;
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
    await this.#act(act);
    this.#actions += 1;
    if (this.#actions % FULL_LOOK === 0) await this.compareEverything();
  }

  /** {round} What a withdrawal waits for: most of them should come at that boundary, on either side. */
  #dueRound(act: Act): bigint {
    if (act.do === "withdraw") return this.model.broker.sender(this.#unlocker(act.by)).withdrawRound;
    if (act.do !== "withdrawStake") return 0n;
    return this.model.bonding.lock(this.delegator(act.by), this.#lockOf(act.by, act.lock)).withdrawRound;
  }

  #unlocker(by: number): string {
    return by > 900 ? this.anybody(by) : this.broadcaster(by);
  }

  #lockOf(by: number, n: number): bigint {
    const count = this.model.bonding.lockCount(this.delegator(by)) + (n > 900 ? 1n : 0n);
    return count === 0n ? 0n : BigInt(n) % count;
  }

  /** Moves the clock; the next call's block will have this time. */
  passTo(time: bigint): void {
    this.model.rounds.now = time;
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
        await this.redeemBatch(items, by);
        return;
      }
      case "pull": {
        const [from, recipient] = [this.anybody(act.by), this.orchestrator(act.orchestrator)];
        const round = this.#roundOf(act.age);
        const call = { from, on: "broker", method: "pullFees", args: [recipient, round] } as const;
        await this.perform(call, () => this.model.broker.pullFees(from, recipient, round));
        return;
      }
      case "register":
        return this.register(this.orchestrator(act.by), act.rewardCut, act.feeShare);
      case "bond": {
        const from = act.by > 900 ? this.anybody(act.by) : this.delegator(act.by);
        const amount = resolve(act.amount, this.model.token.balances.of(from), 10n * ONE);
        const behind = this.model.bonding.orchestratorOf(from);
        const loyal = act.orchestrator < 600 && this.model.bonding.isRegistered(behind);
        await this.bond(from, amount, loyal ? behind : this.orchestrator(act.orchestrator));
        return;
      }
      case "unbond": {
        const from = this.delegator(act.by);
        await this.unbond(from, resolve(act.amount, this.model.bonding.stake(from), ONE));
        return;
      }
      case "withdrawStake": {
        await this.withdrawStake(this.delegator(act.by), this.#lockOf(act.by, act.lock));
        return;
      }
      case "poke": {
        const orchestrator =
          act.orchestrator > 900 ? this.anybody(act.orchestrator) : this.orchestrator(act.orchestrator);
        const call = {
          from: this.anybody(act.orchestrator),
          on: "bonding",
          method: "poke",
          args: [orchestrator],
        } as const;
        await this.perform(call, () => this.model.bonding.poke(orchestrator));
        return;
      }
      case "claim": {
        const rounds = act.ages.map((age) => (age === 999 ? 2n ** 256n - 1n : this.#roundOf(age)));
        const receiver = act.receiver > 950 ? "0x0000000000000000000000000000000000000000" : this.anybody(act.receiver);
        await this.claim(this.delegator(act.by), this.orchestrator(act.orchestrator), rounds, receiver);
        return;
      }
      case "announce": {
        const call = { from: this.anybody(act.by), on: "rounds", method: "initializeRound", args: [] } as const;
        await this.perform(call, () => this.model.rounds.announce());
        return;
      }
      case "setLength":
        return this.setLength(BigInt(act.length));
      case "setBroker":
        return this.setBroker(BigInt(act.validity), BigInt(act.unlock), BigInt(act.curing));
      case "setBonding": {
        const minimumStake =
          act.minimum.size === "over"
            ? 1_000_000n * ONE + BigInt(act.minimum.n % 2)
            : resolve(act.minimum, 10_000n * ONE, 10n * ONE);
        const minimumSelfStake = resolve(act.own, minimumStake, ONE);
        const next = { minimumStake, minimumSelfStake, unbondingPeriod: BigInt(act.period) };
        const call = { from: this.admin, on: "bonding", method: "setParameters", args: [next] } as const;
        await this.perform(call, () => this.model.bonding.setParameters(next));
        return;
      }
      case "switch": {
        const { of: on, pause } = act;
        const [method, turned] = [
          pause ? "pause" : "unpause",
          on === "broker" ? this.model.broker.funding : this.model.bonding.bonding,
        ] as const;
        await this.perform({ from: this.admin, on, method, args: [] }, () => turned[method]());
        return;
      }
    }
  }

  get admin(): string {
    return this.#stage.protocol.deployer.address;
  }

  // --- Actions, each written in the diary when it is done ---

  async fund(from: string, to: string, value: bigint, escrow: bigint): Promise<boolean> {
    const call = { from, on: "broker", method: "fund", args: [to, escrow], value } as const;
    const done = await this.perform(call, () => this.model.broker.fund(from, to, value, escrow));
    if (done.ok) this.ledger.funded += value;
    return done.ok;
  }

  async lockAction(method: "unlock" | "cancelUnlock" | "withdraw", from: string): Promise<void> {
    const { deposit, escrow } = this.model.broker.sender(from);
    const done = await this.perform({ from, on: "broker", method, args: [] }, () => this.model.broker[method](from));
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
    const held = await this.sign({
      sender,
      recipient: this.orchestrator(act.to),
      faceValue: face < UINT96 ? face : UINT96 - 1n,
      winProb: act.winProb,
      salt: BigInt(this.held.length),
      rand: BigInt(act.rand),
      commitmentIndex: act.index,
      creationRound: this.#roundOf(act.age),
      flaw: act.flaw,
    });
    if (act.redeem) await this.redeem(held, held.ticket.recipient);
  }

  /** Has a ticket made by its sender and keeps it. */
  async sign(options: Omit<Ticket, "commitment"> & { rand: bigint; flaw?: Flaw }): Promise<Held> {
    const { rand, flaw = "none", ...fields } = options;
    const ticket: Ticket = { ...fields, commitment: commitmentTo(rand) };
    const { protocol, chain, chainId } = this.#stage;
    const signed = flaw === "field" ? { ...ticket, faceValue: ticket.faceValue ^ 1n } : ticket;
    const key = flaw === "stranger" ? ticket.recipient : ticket.sender;
    const signer = await protocol.ethers.getSigner(key);
    const domain = {
      name: "Streamflow TicketBroker",
      version: "1",
      chainId: flaw === "chain" ? chainId + 1n : chainId,
      verifyingContract: flaw === "broker" ? chain.addresses.bonding : chain.addresses.broker,
    };
    const signature = encode(await signer.signTypedData(domain, TICKET_TYPES, signed), flaw);
    const honest = flaw === "none" || flaw === "rand";
    const held = {
      ticket,
      signature,
      signer: honest ? ticket.sender : flaw === "stranger" ? key : null,
      recipientRand: flaw === "rand" ? rand + 1n : rand,
    };
    this.held.push(held);
    return held;
  }

  async redeem(held: Held, from: string): Promise<boolean> {
    const { ticket, signature, recipientRand } = held;
    const args = [ticket, signature, recipientRand];
    const done = await this.perform({ from, on: "broker", method: "redeem", args }, () =>
      this.model.broker.redeem(from, held),
    );
    if (done.ok) this.ledger.win(ticket);
    await this.#compareTicket(ticket);
    return done.ok;
  }

  async redeemBatch(items: readonly Held[], from: string): Promise<void> {
    const { chain } = this.#stage;
    const args = [items.map(({ ticket, signature, recipientRand }) => ({ ticket, signature, recipientRand }))];
    const call = { from, on: "broker", method: "redeemBatch", args } as const;
    const done = await this.perform<BatchResult>(call, () => this.model.broker.redeemBatch(from, items));
    if (!done.ok) return;

    const skipped = new Map(done.result.skipped.map(({ index, refusal }) => [index, refusal]));
    for (const [index, { ticket }] of items.entries()) {
      this.#count(`batch ${skipped.get(index)?.name ?? "paid"}`);
      if (!skipped.has(index)) this.ledger.win(ticket);
      await this.#compareTicket(ticket);
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

  async register(from: string, rewardCut: bigint, feeShare: bigint): Promise<void> {
    const call = { from, on: "bonding", method: "register", args: [rewardCut, feeShare] } as const;
    const done = await this.perform(call, () => this.model.bonding.register(from, rewardCut, feeShare));
    if (!done.ok) return;
    expect(this.ledger.feeShares.has(from), `S4: ${from} changed its fee share`).to.equal(false);
    this.ledger.feeShares.set(from, feeShare);
  }

  async bond(from: string, amount: bigint, orchestrator: string): Promise<void> {
    const call = { from, on: "bonding", method: "bond", args: [amount, orchestrator] } as const;
    const done = await this.perform(call, () => this.model.bonding.bond(from, amount, orchestrator));
    if (!done.ok) return;
    this.ledger.changes.push({ round: this.round, delegator: from, orchestrator, delta: amount });
    this.ledger.bonded += amount;
  }

  async unbond(from: string, amount: bigint): Promise<void> {
    const orchestrator = this.model.bonding.orchestratorOf(from);
    const call = { from, on: "bonding", method: "unbond", args: [amount] } as const;
    const done = await this.perform(call, () => this.model.bonding.unbond(from, amount));
    if (done.ok) this.ledger.changes.push({ round: this.round, delegator: from, orchestrator, delta: -amount });
  }

  async withdrawStake(from: string, lock: bigint): Promise<void> {
    const { amount } = this.model.bonding.lock(from, lock);
    const call = { from, on: "bonding", method: "withdrawStake", args: [lock] } as const;
    const done = await this.perform(call, () => this.model.bonding.withdrawStake(from, lock));
    if (done.ok) this.ledger.released += amount;
  }

  /** S2, S3: what arrives is compared with the diary, round by round. */
  async claim(from: string, orchestrator: string, rounds: readonly bigint[], receiver = from): Promise<boolean> {
    const { chain } = this.#stage;
    const call = { from, on: "bonding", method: "withdrawFees", args: [orchestrator, rounds, receiver] } as const;
    const done = await this.perform(call, () => this.model.bonding.withdrawFees(from, orchestrator, rounds, receiver));
    if (!done.ok) return false;
    const claims = (await chain.events("bonding", done.hash)).filter(({ name }) => name === "WithdrawFees");
    expect(claims.map(({ args }) => args.round as bigint)).to.deep.equal(rounds);
    expect(sum(claims.map(({ args }) => args.amount as bigint))).to.equal(done.result, "claimed");
    for (const { args } of claims) {
      if ((args.amount as bigint) !== 0n) this.#count("claim of something");
      this.ledger.claim(from, orchestrator, args.round as bigint, args.amount as bigint);
    }
    return true;
  }

  async setLength(length: bigint): Promise<void> {
    const call = { from: this.admin, on: "rounds", method: "setRoundLength", args: [length] } as const;
    await this.perform(call, () => this.model.rounds.setLength(length));
  }

  async setBroker(ticketValidity: bigint, unlockPeriod: bigint, curingPeriod: bigint): Promise<void> {
    const next = { ticketValidity, unlockPeriod, curingPeriod };
    const before = this.model.broker.parameters.ticketValidity;
    const call = { from: this.admin, on: "broker", method: "setParameters", args: [next] } as const;
    const done = await this.perform(call, () => this.model.broker.setParameters(next));
    if (!done.ok) return;
    if (ticketValidity !== before) this.#count("change of the validity");
    await this.#compareWindows();
  }

  // --- One call on both sides ---

  /** Does the same to contract and model, and compares what came of it and everything that it can have touched. */
  async perform<T>(
    call: Call,
    onModel: () => T,
  ): Promise<{ ok: true; result: T; hash: string } | { ok: false; refusal: Refusal }> {
    const { chain } = this.#stage;
    const text = `${this.model.rounds.now} (round ${this.round}) ${call.on}.${call.method}(${describeArgs(call.args)}) by ${call.from}${call.value ? ` with ${call.value} wei` : ""}`;
    this.transcript.push(text);
    let expected: { ok: true; result: T } | { ok: false; refusal: Refusal };
    try {
      expected = { ok: true, result: onModel() };
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      expected = { ok: false, refusal };
    }

    const outcome = await chain.send(call, this.model.rounds.now);
    this.#minedAt = this.model.rounds.now;
    const have = "hash" in outcome ? "done" : describe(outcome.refusal);
    expect(have).to.equal(expected.ok ? "done" : describe(expected.refusal), `contract against model: ${text}`);
    this.transcript.push(`  ${have}`);
    this.#count(expected.ok ? call.method : `${call.method} ${expected.refusal.name}`);

    const named = this.#stage.accounts.filter((account) => account === call.from || call.args.includes(account));
    for (const account of named) await this.#compareAccount(account);
    await this.#compareMoney();
    return expected.ok ? { ...expected, hash: (outcome as { hash: string }).hash } : expected;
  }

  // --- Comparisons ---

  async #compareMoney(): Promise<void> {
    const { chain } = this.#stage;
    const { model } = this;
    const { broker, bonding } = chain.addresses;
    const have = {
      round: (await chain.read("rounds", "currentRound"))[0] as bigint,
      brokerEther: await chain.balance(broker),
      bondingEther: await chain.balance(bonding),
      bondingTokens: (await chain.read("token", "balanceOf", bonding))[0] as bigint,
    };
    expect(have).to.deep.equal({
      round: model.rounds.current,
      brokerEther: model.ether.of(broker),
      bondingEther: model.ether.of(bonding),
      bondingTokens: model.token.balances.of(bonding),
    });
  }

  async #compareAccount(account: string): Promise<void> {
    const { chain } = this.#stage;
    const { broker, bonding, ether, token } = this.model;
    const [sender, orchestrator, delegator] = [
      (await chain.read("broker", "getSender", account))[0] as bigint[],
      (await chain.read("bonding", "getOrchestrator", account))[0] as unknown[],
      (await chain.read("bonding", "getDelegator", account))[0] as unknown[],
    ];
    const { deposit, escrow, withdrawRound } = broker.sender(account);
    const node = bonding.orchestrator(account);
    const locks = bonding.lockCount(account);
    expect({
      sender: [...sender],
      orchestrator: [...orchestrator],
      delegator: [...delegator],
      registered: (await chain.read("bonding", "isRegistered", account))[0] as boolean,
      lock: [...((await chain.read("bonding", "getUnbondingLock", account, locks && locks - 1n))[0] as bigint[])],
      ether: await chain.balance(account),
      tokens: (await chain.read("token", "balanceOf", account))[0] as bigint,
    }).to.deep.equal(
      {
        sender: [deposit, escrow, withdrawRound],
        orchestrator: [
          node.rewardCut,
          node.feeShare,
          node.totalStake,
          node.selfStake,
          node.active,
          node.registeredRound,
        ],
        delegator: [bonding.stake(account), bonding.orchestratorOf(account)],
        registered: bonding.isRegistered(account),
        lock: Object.values(bonding.lock(account, locks && locks - 1n)),
        ether: ether.of(account),
        tokens: token.balances.of(account),
      },
      `contract against model: account ${account}`,
    );
  }

  async #compareTicket({ sender, recipient, commitmentIndex, creationRound }: Ticket): Promise<void> {
    const { chain } = this.#stage;
    const { broker } = this.model;
    const account = broker.sender(sender);
    expect({
      closed: (await chain.read("broker", "isClosed", recipient, commitmentIndex))[0] as boolean,
      fees: (await chain.read("broker", "feesOf", recipient, creationRound))[0] as bigint,
      sender: [...((await chain.read("broker", "getSender", sender))[0] as bigint[])],
    }).to.deep.equal({
      closed: broker.isClosed(recipient, commitmentIndex),
      fees: broker.feesOf(recipient, creationRound),
      sender: [account.deposit, account.escrow, account.withdrawRound],
    });
  }

  /** P2: which rounds are open, and that none opens again. */
  async #compareWindows(): Promise<void> {
    const { chain } = this.#stage;
    const { broker, rounds } = this.model;
    for (let round = rounds.current + 2n; round >= 0n && round + 36n > rounds.current; round -= 1n) {
      const last = (await chain.read("broker", "lastRedemptionRound", round))[0] as bigint;
      const open = last >= rounds.current;
      if (open) expect(last).to.equal(broker.lastRedemptionRound(round), `last round of tickets of ${round}`);
      expect(open).to.equal(broker.lastRedemptionRound(round) >= rounds.current, `whether ${round} is open`);
      expect(open && round < this.#closedBelow, `P2: round ${round} opened again`).to.equal(false);
      if (!open && round >= this.#closedBelow) this.#closedBelow = round + 1n;
    }
  }

  /** Every observable of contract and model, and that the money adds up. */
  async compareEverything(): Promise<void> {
    const { chain, accounts } = this.#stage;
    const { broker, bonding, rounds } = this.model;
    if (rounds.now > this.#minedAt) await this.#mine();
    await this.#compareMoney();
    for (const account of accounts) await this.#compareAccount(account);
    await this.#compareWindows();

    const parameters = (await chain.read("broker", "parameters"))[0] as bigint[];
    expect([...parameters]).to.deep.equal(Object.values(broker.parameters));
    const announced = await chain.read("rounds", "lastAnnouncedRound");
    expect([...announced]).to.deep.equal([rounds.announced !== null, rounds.announced ?? 0n]);
    expect((await chain.read("rounds", "roundLength"))[0]).to.equal(rounds.length);
    for (const round of [rounds.current - 1n, rounds.current, rounds.current + 1n]) {
      if (round < FIRST_ROUND) continue;
      expect((await chain.read("rounds", "roundStart", round))[0]).to.equal(rounds.startOf(round), `start of ${round}`);
    }
    for (const { ticket } of this.held) await this.#compareTicket(ticket);
    for (const account of accounts) {
      for (let lock = 0n; lock < bonding.lockCount(account); lock += 1n) {
        const have = (await chain.read("bonding", "getUnbondingLock", account, lock))[0] as bigint[];
        expect([...have]).to.deep.equal(Object.values(bonding.lock(account, lock)));
      }
    }
    await this.#compareStakes();
    await this.#checkSums();
  }

  async #compareStakes(): Promise<void> {
    const { chain } = this.#stage;
    const { bonding, rounds } = this.model;
    const pairs = new Map(
      this.ledger.changes.map(({ delegator, orchestrator }) => [
        `${delegator}/${orchestrator}`,
        { delegator, orchestrator },
      ]),
    );
    const window = [-5n, -3n, -1n, 0n, 1n].map((ahead) => rounds.current + ahead).filter((round) => round >= 0n);
    for (const { delegator, orchestrator } of pairs.values()) {
      for (const round of window) {
        const of = `${delegator} behind ${orchestrator} in round ${round}`;
        expect({
          stake: (await chain.read("bonding", "stakeAt", delegator, orchestrator, round))[0] as bigint,
          total: (await chain.read("bonding", "totalStakeAt", orchestrator, round))[0] as bigint,
          claimable: (await chain.read("bonding", "claimableFees", delegator, orchestrator, round))[0] as bigint,
        }).to.deep.equal(
          {
            stake: bonding.stakeAt(delegator, orchestrator, round),
            total: bonding.totalStakeAt(orchestrator, round),
            claimable: bonding.claimableFees(delegator, orchestrator, round),
          },
          of,
        );
        if (round > rounds.current) continue;
        const stake = bonding.stakeAt(delegator, orchestrator, round);
        expect(stake).to.equal(this.ledger.stake(delegator, orchestrator, round), `S2: stake of ${of}`);
      }
    }
  }

  /** S7: what the contracts hold is what they owe, from their own answers and from the diary. */
  async #checkSums(): Promise<void> {
    const { chain, accounts } = this.#stage;
    const { ledger } = this;
    const { broker, bonding } = chain.addresses;
    let [owed, stakes, locked, claimable, everywhere] = [0n, 0n, 0n, 0n, 0n];
    for (const account of accounts) {
      const [deposit, escrow] = (await chain.read("broker", "getSender", account))[0] as [bigint, bigint];
      owed += deposit + escrow;
      stakes += ((await chain.read("bonding", "getDelegator", account))[0] as [bigint])[0];
      for (let lock = 0n; lock < this.model.bonding.lockCount(account); lock += 1n) {
        locked += ((await chain.read("bonding", "getUnbondingLock", account, lock))[0] as [bigint])[0];
      }
      everywhere += await chain.balance(account);
    }
    const earned = new Map([...ledger.wins.values()].map((win) => [`${win.recipient}/${win.creationRound}`, win]));
    let [booked, pulled] = [0n, 0n];
    for (const { recipient, creationRound } of earned.values()) {
      const here = (await chain.read("broker", "feesOf", recipient, creationRound))[0] as bigint;
      booked += here;
      if (here !== 0n) continue;
      pulled += ledger.fees(recipient, creationRound);
      for (const account of accounts) {
        claimable += (await chain.read("bonding", "claimableFees", account, recipient, creationRound))[0] as bigint;
      }
    }
    const held = { broker: await chain.balance(broker), bonding: await chain.balance(bonding) };
    expect(held.broker).to.equal(owed + booked, "S7: the broker holds what it owes");
    expect(held.broker + held.bonding).to.equal(
      ledger.funded - ledger.withdrawn - ledger.claimed,
      "S7: ETH in = ETH out + held",
    );
    expect(held.bonding).to.equal(pulled - ledger.claimed, "S7: pulled fees = paid + held");
    expect(claimable <= held.bonding, `S7: ${claimable} can be claimed of ${held.bonding}`).to.equal(true);
    expect(everywhere + held.broker + held.bonding).to.equal(this.#ether, "S7: no ETH is lost");
    const tokens = (await chain.read("token", "balanceOf", bonding))[0] as bigint;
    expect(tokens).to.equal(stakes + locked, "S7: bonded LPT = stakes + locks");
    expect(tokens).to.equal(ledger.bonded - ledger.released, "S7: LPT in = LPT out + held");
  }

  /** An empty block at the model's time. */
  async #mine(): Promise<void> {
    const { provider } = this.#stage.protocol;
    await provider.request({ method: "evm_setNextBlockTimestamp", params: [toQuantity(this.model.rounds.now)] });
    await provider.request({ method: "evm_mine", params: [] });
    this.#minedAt = this.model.rounds.now;
  }

  #roundOf(age: number): bigint {
    const round = this.round - BigInt(age);
    return round < 0n ? 0n : round;
  }

  #count(what: string): void {
    const { seen } = this.#stage;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
}

/** The wei that an amount means beside `reference`. */
function resolve({ size, n }: Amount, reference: bigint, unit: bigint): bigint {
  switch (size) {
    case "zero":
      return 0n;
    case "dust":
      return 1n + BigInt(n % 3);
    case "usual":
      return unit * BigInt(1 + n);
    case "part":
      return (reference * BigInt(n)) / 1_000n;
    case "all":
      return reference;
    case "over":
      return reference + 1n + BigInt(n % 2);
    case "huge":
      return UINT96 - BigInt(n % 3);
  }
}

/** An error with its values. Of two validities the contract remembers one, so the last round of a ticket long dead may differ. */
function describe({ name, args }: Refusal): string {
  const told = name === "TicketBrokerTicketExpired" ? args.slice(0, 1) : args;
  return `${name}(${told.map(String).join(", ")})`;
}

const describeArgs = (args: readonly unknown[]): string =>
  JSON.stringify(args, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)).slice(1, -1);
