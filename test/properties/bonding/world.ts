import { expect } from "chai";
import { toQuantity } from "ethers";
import { Balances, type Address } from "../../../sim/model/money.ts";
import { need, Refusal } from "../../../sim/model/refusal.ts";
import { Rounds } from "../../../sim/model/rounds.ts";
import type { Commission, Pool } from "../../../sim/model/staking/pool.ts";
import type { Staking } from "../../../sim/model/staking/staking.ts";
import { redemptionOf, ticketOf } from "../../fixtures/protocol.ts";
import { CPU } from "../../fixtures/registry.ts";
import type { Call } from "../chain.ts";
import { scheduleOf, stakingOf } from "../deployed.ts";
import { ETHER, FIRST_ROUND, FORTUNE } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Act, Step, Wait } from "./steps.ts";
import { differences, lookBack, View, type Purses } from "./view.ts";

const ONE = 10n ** 18n;
/** {1e18 = 1} */
const MAX_SLASH = ONE / 2n;
/** {round} As deployed. */
const TICKET_VALIDITY = 2n;
/** {round} From which on a module is approved. */
const SETTLED = FIRST_ROUND + 6n;
/** {round} The farthest that the clock moves at once: looking at everything takes the gas of all idle rounds for each account. */
const MOST_ROUNDS = 41n;
/** Actions between two looks at everybody; between them a look at those that are concerned is enough, and takes a fifth of the time. */
const LOOK = 6;
/** Actions between two looks at a past round. */
const LOOK_BACK = 20;

/** What there is when a sequence begins. */
export interface Beginning {
  readonly model: Staking;
  readonly rounds: Rounds;
  readonly purses: Purses;
  /** {round} The first one that has a past. */
  readonly first: bigint;
}

/** Contracts and model for one sequence. */
export class World {
  readonly model: Staking;
  readonly rounds: Rounds;
  /** Every call, for the report of a failure. */
  readonly transcript: string[] = [];
  readonly #stage: Stage;
  readonly #purses: Purses;
  readonly #first: bigint;
  /** {wei ETH} Fees that the broker has booked, by recipient and creation round. */
  readonly #booked = new Map<Address, Map<bigint, bigint>>();
  /** What was said of past rounds. */
  readonly #told = new Map<bigint, readonly bigint[]>();
  #actions = 0;
  #tickets = 0n;

  static async open(stage: Stage): Promise<World> {
    await stage.restore();
    const { chain, accounts, protocol } = stage;
    const rounds = new Rounds(await scheduleOf(chain));
    const model = stakingOf(rounds, protocol);

    const treasury = await protocol.treasury.getAddress();
    const purses = { tokens: new Balances(), ether: new Balances(), treasury, broker: chain.addresses.broker };
    for (const account of accounts) {
      purses.tokens.create(account, FORTUNE);
      purses.ether.create(account, ETHER);
    }
    purses.ether.create(purses.broker, ETHER);
    const world = new World(stage, { model, rounds, purses, first: FIRST_ROUND });
    await world.#reported(() => world.#settle());
    return world;
  }

  /** @param beginning what the contracts of the stage have come to, and the model of it */
  constructor(stage: Stage, { model, rounds, purses, first }: Beginning) {
    this.#stage = stage;
    this.model = model;
    this.rounds = rounds;
    this.#purses = purses;
    this.#first = first;
  }

  /** The sequence, then the past. */
  async run(steps: readonly Step[], picks: readonly number[]): Promise<void> {
    await this.#reported(async () => {
      for (const step of steps) await this.#step(step);
      await this.#finish(picks);
    });
  }

  async #reported(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof Error) error.message += `\nCalls:\n${this.transcript.join("\n")}`;
      throw error;
    }
  }

  account(n: number): Address {
    return this.#stage.accounts[n % this.#stage.accounts.length]!;
  }

  /** Three orchestrators with commissions of their own. */
  async #settle(): Promise<void> {
    this.rounds.now = this.rounds.startOf(SETTLED);
    for (const [by, cut, share] of [
      [0, ONE / 10n, ONE / 2n],
      [1, 0n, ONE],
      [2, ONE, ONE / 3n],
    ] as const) {
      await this.#act({ do: "register", by, cut, share, amount: 6_000n * ONE + BigInt(by) });
      this.rounds.now++;
      await this.#act({ do: "bond", by: by + 4, amount: 3_000n * ONE, behind: by, loyal: false });
      this.rounds.now++;
    }
  }

  async #step({ wait, act }: Step): Promise<void> {
    const { current, now } = this.rounds;
    const time = this.#timeOf(wait, act);
    const last = this.rounds.startOf(current + MOST_ROUNDS);
    this.rounds.now = time <= now ? now + 1n : time < last ? time : last;
    await this.#act(act);
    this.#actions++;
    if (this.#actions % LOOK_BACK === 0) await this.#lookBack(this.rounds.current - 1n - BigInt(this.#actions % 3));
  }

  /** The past, before and after everything was brought up to date, and the sums. */
  async #finish(picks: readonly number[]): Promise<void> {
    this.rounds.now = this.rounds.startOf(this.rounds.current + 1n);
    await this.#mine();
    await this.#compare();
    const passed = this.rounds.current - this.#first;
    for (const pick of picks) await this.#lookBack(this.#first + (BigInt(pick) % passed));
    for (const of of this.model.pools.keys()) {
      this.rounds.now++;
      await this.#act({ do: "reward", of: this.#stage.accounts.indexOf(of) });
    }
    for (const round of this.#told.keys()) await this.#lookBack(round);
    this.#checkSolvency();
  }

  // --- Time ---

  /** {s} */
  #timeOf(wait: Wait, act: Act): bigint {
    const { rounds } = this;
    switch (wait.to) {
      case "second":
        return rounds.now + wait.seconds;
      case "round":
        return rounds.startOf(rounds.current + wait.rounds) + wait.offset;
      case "window":
        return this.#challengeableUntil(rounds.current - 1n) + wait.offset;
      case "due":
        return this.#dueTime(act) + wait.offset;
    }
  }

  /** {s} What an action waits for, if for anything. */
  #dueTime(act: Act): bigint {
    const { rounds } = this;
    if (act.do === "withdrawStake" || act.do === "rebond") {
      const { from, id } = this.#lockOf(act.by, act.lock);
      const lock = this.model.account(from).locks.get(id);
      if (lock === undefined) return rounds.now;
      if (act.do === "rebond") return this.#challengeableUntil(lock.round);
      return lock.withdrawRound < this.#first ? rounds.now : rounds.startOf(lock.withdrawRound);
    }
    if (act.do === "unjail") {
      const until = this.model.pools.get(this.#prisoner(act.by))?.jailedUntil ?? 0n;
      return until < rounds.current ? rounds.now : rounds.startOf(until);
    }
    if (act.do === "pullFees") return rounds.startOf(rounds.current + TICKET_VALIDITY + 1n);
    const announced = [...this.model.pools.values()].flatMap((pool) => pool.announced?.from ?? []);
    const next = announced.find((round) => round > rounds.current);
    return next === undefined ? this.#challengeableUntil(rounds.current - 1n) : rounds.startOf(next);
  }

  /** {s} */
  #challengeableUntil(round: bigint): bigint {
    if (round < this.#first) return 0n; // what was here before answers for nothing
    const end = this.rounds.startOf(round + 2n);
    const window = this.rounds.startOf(round + 1n) + this.model.parameters.challengeWindow;
    return window < end ? window : end;
  }

  // --- Who and what ---

  /** Mostly one that has locks, and one of them. */
  #lockOf(by: number, n: number): { from: Address; id: number } {
    const holders = this.#stage.accounts.filter((each) => this.model.account(each).locks.size > 0);
    const from = holders[by % holders.length] ?? this.account(by);
    const { locks, lockCount } = this.model.account(from);
    const ids = [...locks.keys()];
    return { from, id: n >= 960 || ids.length === 0 ? n % (lockCount + 1) : ids[n % ids.length]! };
  }

  /** Mostly one that stands somewhere. */
  #holder(by: number): Address {
    const holders = this.#stage.accounts.filter((each) => this.model.account(each).units.parts().length > 0);
    return (by === 0 ? undefined : holders[by % holders.length]) ?? this.account(by);
  }

  #prisoner(by: number): Address {
    const jailed = [...this.model.pools].filter(([, pool]) => pool.jailed).map(([orchestrator]) => orchestrator);
    return jailed[by % jailed.length] ?? this.account(by);
  }

  /** Often one behind which stake became active after the fault, which a slash has to spare. */
  #suspect(of: number, fault: bigint): Address {
    const some = [...this.model.pools].filter(([, pool]) => isYounger(pool, fault)).map(([who]) => who);
    return (of === 0 ? undefined : some[of % some.length]) ?? this.account(of);
  }

  /** Mostly one under dispute. */
  #accused(of: number): Address {
    const disputed = [...this.model.pools].filter(([, { disputes }]) => disputes.size > 0).map(([who]) => who);
    return disputed[of % disputed.length] ?? this.account(of);
  }

  #faultOf(orchestrator: Address, n: number): bigint {
    const faults = [...(this.model.pools.get(orchestrator)?.disputes.keys() ?? [])];
    return faults[n % faults.length] ?? this.rounds.current;
  }

  #partOf(all: bigint, part: bigint): bigint {
    if (part === 999n) return all - ONE / 200n > 0n ? all - ONE / 200n : all;
    return part === 1_001n ? all + 1n : (all * part) / 1_000n;
  }

  /** Where a delegator stands, if it is loyal, or the one that is named. */
  #whereTo(by: Address, behind: number, loyal: boolean): Address {
    const known = this.model.account(by).orchestrator;
    return loyal && known !== null ? known : this.account(behind);
  }

  // --- Actions ---

  async #act(act: Act): Promise<void> {
    const { model, rounds } = this;
    const { tokens } = this.#purses;
    const { module } = this.#stage;
    switch (act.do) {
      case "register": {
        const from = this.account(act.by);
        const amount = act.amount < tokens.of(from) ? act.amount : tokens.of(from);
        const args = [act.cut, act.share, amount];
        const done = await this.#perform({ from, on: "bonding", method: "register", args }, () => {
          model.bonding.requireOn();
          model.register(from, commissionOf(act), amount);
          tokens.create(from, -amount);
        });
        if (done && amount > 0n) this.#see("register with own stake");
        return;
      }
      case "setCommission": {
        const from = this.account(act.by);
        await this.#perform({ from, on: "bonding", method: act.do, args: [act.cut, act.share] }, () =>
          model.setCommission(from, commissionOf(act)),
        );
        return;
      }
      case "bond": {
        const from = this.account(act.by);
        const to = this.#whereTo(from, act.behind, act.loyal);
        const amount = act.amount < tokens.of(from) ? act.amount : tokens.of(from);
        await this.#perform({ from, on: "bonding", method: "bond", args: [amount, to] }, () => {
          model.bond(from, amount, to);
          tokens.create(from, -amount);
        });
        return;
      }
      case "unbond": {
        const from = this.#holder(act.by);
        const view = new View(model, rounds.current);
        const amount = this.#partOf(view.stakeOf(from) + view.waitingOf(from), act.part);
        await this.#perform({ from, on: "bonding", method: "unbond", args: [amount] }, () => {
          const { paid, locks } = model.unbond(from, amount);
          tokens.create(from, paid);
          if (locks.length > 1) this.#see("unbond of several generations");
        });
        return;
      }
      case "unbondCommission": {
        const from = this.account(act.by);
        const amount = this.#partOf(new View(model, rounds.current).commissionOf(from), act.part);
        await this.#perform({ from, on: "bonding", method: "unbondCommission", args: [amount] }, () =>
          model.unbondCommission(from, amount),
        );
        return;
      }
      case "resign": {
        const from = this.account(act.by);
        const disputed = (model.pools.get(from)?.openDisputes ?? 0) > 0;
        const done = await this.#perform({ from, on: "bonding", method: "resign", args: [] }, () =>
          tokens.create(from, model.resign(from).paid),
        );
        if (done && disputed) this.#see("resign under dispute");
        return;
      }
      case "rebond": {
        const { from, id } = this.#lockOf(act.by, act.lock);
        const to = this.#whereTo(from, act.behind, act.loyal);
        const left = model.account(from).locks.get(id)?.orchestrator;
        const done = await this.#perform({ from, on: "bonding", method: "rebond", args: [id, to] }, () =>
          model.rebond(from, id, to),
        );
        if (done && left !== to) this.#see("rebond elsewhere");
        return;
      }
      case "withdrawStake": {
        const { from, id } = this.#lockOf(act.by, act.lock);
        await this.#perform({ from, on: "bonding", method: "withdrawStake", args: [id] }, () =>
          tokens.create(from, model.withdrawStake(from, id)),
        );
        return;
      }
      case "reward": {
        const of = this.account(act.of);
        await this.#perform({ from: this.account(8), on: "bonding", method: "reward", args: [of] }, () =>
          model.reward(of),
        );
        return;
      }
      case "unjail": {
        const from = this.#prisoner(act.by);
        await this.#perform({ from, on: "bonding", method: "unjail", args: [] }, () => model.unjail(from));
        return;
      }
      case "openDispute": {
        const fault = rounds.current - act.ago;
        const of = this.#suspect(act.of, fault);
        const from = act.stranger ? this.account(8) : module;
        await this.#perform({ from, on: "bonding", method: "openDispute", args: [CPU, of, fault] }, () => {
          need(from === module, "BondingManagerNotModule", from, module);
          model.openDispute(of, fault);
        });
        return;
      }
      case "closeDispute": {
        const of = this.#accused(act.of);
        const fault = this.#faultOf(of, act.n);
        const args = [CPU, of, fault];
        await this.#perform({ from: module, on: "bonding", method: "closeDispute", args }, () =>
          model.closeDispute(of, fault),
        );
        return;
      }
      case "slash":
        return this.#slash(act);
      case "earn":
        return this.#earn(this.account(act.by), act.amount, rounds.current - act.ago);
      case "pullFees": {
        const of = this.account(act.of);
        await this.#perform({ from: this.account(8), on: "bonding", method: "pullFees", args: [of, act.most] }, () =>
          this.#pullFees(of, act.most),
        );
        return;
      }
      case "withdrawFees": {
        const [from, to] = [this.#holder(act.by), this.account(act.to)];
        const before = act.ago === null ? null : rounds.current - act.ago;
        const args = [to, before ?? 2n ** 256n - 1n];
        await this.#perform({ from, on: "bonding", method: "withdrawFees", args }, () => {
          const paid = model.withdrawFees(from, before);
          this.#purses.ether.move(this.#purses.broker, to, paid);
          if (paid > 0n) this.#see("fees paid");
        });
        return;
      }
      case "setParameters": {
        const { do: _, selfStake, ...next } = act;
        const changed = { ...next, minimumSelfStake: (next.minimumStake * selfStake) / 1_000n };
        await this.#perform({ from: this.#admin, on: "bonding", method: "setParameters", args: [changed] }, () => {
          const { commissionNotice } = changed;
          need(commissionNotice > TICKET_VALIDITY, "BondingManagerNoticeTooShort", commissionNotice, TICKET_VALIDITY);
          model.parameters = { ...model.parameters, ...changed };
        });
        return;
      }
      case "setMinter": {
        const next = {
          inflationStep: act.step,
          maximumInflation: act.maximum,
          targetBondingRate: act.target,
          treasuryCut: act.cut,
        };
        await this.#perform({ from: this.#admin, on: "minter", method: "setParameters", args: [next] }, () => {
          model.emission.parameters = next;
        });
        return;
      }
      case "setRoundLength":
        await this.#perform({ from: this.#admin, on: "rounds", method: "setRoundLength", args: [act.length] }, () =>
          rounds.setLength(act.length),
        );
        return;
      case "switch": {
        const method = act.pause ? "pause" : "unpause";
        await this.#perform({ from: this.#admin, on: "bonding", method, args: [] }, () => model.bonding[method]());
        return;
      }
    }
  }

  get #admin(): Address {
    return this.#stage.protocol.deployer.address;
  }

  async #slash({ of: n, n: which, fraction, to }: Extract<Act, { do: "slash" }>): Promise<void> {
    const { model } = this;
    const { module } = this.#stage;
    const of = this.#accused(n);
    const fault = this.#faultOf(of, which);
    const challenger = this.account(to);
    const pool = model.pools.get(of);
    const before = pool === undefined ? null : { young: isYounger(pool, fault), leaves: !pool.leaving.empty };
    const args = [CPU, of, fault, fraction, challenger];
    const done = await this.#perform({ from: module, on: "bonding", method: "slash", args }, () => {
      need(fraction > 0n && fraction <= MAX_SLASH, "BondingManagerFractionOutOfBounds", fraction, MAX_SLASH);
      const { loss, bounty } = model.slash(of, fault, fraction);
      this.#purses.tokens.create(challenger, bounty);
      this.#purses.tokens.create(this.#purses.treasury, loss - bounty);
    });
    if (!done) return;
    if (model.pool(of).forgiven.has(fault)) return this.#see("forgiven");
    if (before?.young === true) this.#see("slash beside young stake");
    if (before?.leaves === true) this.#see("slash of what leaves");
    if ([...model.pool(of).cohorts.keys()].some((round) => round >= fault && round < model.pool(of).round))
      this.#see("slash of what has left");
  }

  /** Has the broadcaster pay with a ticket that wins. */
  async #earn(recipient: Address, faceValue: bigint, creationRound: bigint): Promise<void> {
    const commitmentIndex = this.#tickets++;
    const args = redemptionOf(
      await ticketOf(this.#stage.protocol, { recipient, faceValue, creationRound, commitmentIndex }),
    );
    await this.#perform({ from: recipient, on: "broker", method: "redeem", args }, () => {
      const fees = this.#booked.get(recipient) ?? new Map<bigint, bigint>();
      fees.set(creationRound, (fees.get(creationRound) ?? 0n) + faceValue);
      this.#booked.set(recipient, fees);
    });
  }

  /** Hands closed rounds over as the broker does: the oldest first. */
  #pullFees(of: Address, most: bigint): void {
    const { model, rounds } = this;
    if (model.pool(of).round < rounds.current) model.reward(of);
    const open = rounds.current - TICKET_VALIDITY;
    const booked = this.#booked.get(of) ?? new Map<bigint, bigint>();
    const closed = [...booked.keys()].filter((round) => round < open).sort((a, b) => Number(a - b));
    for (const [n, round] of closed.entries()) {
      if (BigInt(n) === most) return;
      model.addFees(of, round, booked.get(round)!);
      booked.delete(round);
      this.#see("fees pulled");
    }
    if (BigInt(closed.length) < most) model.closeFees(of, open);
  }

  /** Does the same to contract and model: both do it, or both refuse for the same reason; then both show the same. */
  async #perform(call: Call, onModel: () => void): Promise<boolean> {
    const { now, current } = this.rounds;
    const start = this.rounds.startOf(current);
    const text = `round ${current} + ${now - start} s: ${call.on}.${call.method}(${plain(call.args)}) by ${call.from}`;
    this.transcript.push(this.#named(text));
    let refusal: Refusal | null = null;
    try {
      onModel();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
    }
    const outcome = await this.#stage.chain.send(call, now);
    const have = "hash" in outcome ? "done" : describe(outcome.refusal);
    const want = refusal === null ? "done" : describe(refusal);
    this.transcript.push(`  ${this.#named(have)}`);
    if (have !== want) throw new Error(this.#named(`The model says ${want}, the contract ${have}: ${text}`));
    this.#see(refusal === null ? call.method : `${call.method} ${refusal.name}`);
    await this.#compare(this.#actions % LOOK === 0 || call.method === "slash" ? undefined : this.#concerned(call));
    return refusal === null;
  }

  // --- Comparing ---

  async #compare(accounts: readonly Address[] = this.#stage.accounts): Promise<void> {
    const want = new View(this.model, this.rounds.current).everything(accounts, this.#purses);
    this.#same(differences(await this.#stage.look(accounts), want));
  }

  /** Whom a call names, and behind whom those stand. */
  #concerned({ from, args }: Call): Address[] {
    const named = [from, ...args].map(String);
    const behind = named.map((each) => this.model.accounts.get(each)?.orchestrator);
    return this.#stage.accounts.filter((each) => named.includes(each) || behind.includes(each));
  }

  async #lookBack(round: bigint): Promise<void> {
    const { accounts } = this.#stage;
    const words = await this.#stage.lookBack(round);
    this.#same(differences(words, lookBack(this.model, accounts, round)));
    const told = this.#told.get(round) ?? words;
    expect(words, `what is said of round ${round} has changed`).to.deep.equal(told);
    this.#told.set(round, words);

    const [supply, ...parts] = words;
    const [votes, balances] = [0, 1].map((k) => parts.filter((_, i) => i % 3 === k).reduce((a, b) => a + b, 0n));
    expect(balances! <= votes!, `${balances} may be overridden of ${votes} votes in round ${round}`).to.equal(true);
    expect(votes! <= supply!, `${votes} votes, ${supply} at stake in round ${round}`).to.equal(true);
    if (votes! > 0n) this.#see("votes");
  }

  /** S7: nobody can claim what is not there. */
  #checkSolvency(): void {
    const { model, rounds } = this;
    const view = new View(model, rounds.current);
    let claims = 0n;
    for (const [who, { locks }] of model.accounts) {
      claims += view.stakeOf(who) + view.waitingOf(who);
      for (const id of locks.keys()) claims += model.lockValue(who, id);
    }
    for (const [who] of model.pools) {
      const { stake, total } = view.pool(who)!;
      claims += total - stake;
    }
    expect(model.held >= claims, `S7: ${model.held} held, ${claims} claimed`).to.equal(true);
  }

  #same(found: readonly string[]): void {
    if (found.length > 0)
      throw new Error(["They show different things:", ...found.map((each) => this.#named(each))].join("\n"));
  }

  /** Accounts by short names: a report has to be read. */
  #named(text: string): string {
    let short = text.replaceAll(this.#stage.module, "module").replaceAll(CPU, "CPU");
    for (const [n, account] of this.#stage.accounts.entries()) {
      const name = n < 4 ? `O${n}` : `D${n}`;
      short = short.replaceAll(account, name).replaceAll(String(BigInt(account)), name);
    }
    return short;
  }

  /** An empty block at the model's time. */
  async #mine(): Promise<void> {
    const { provider } = this.#stage.protocol;
    await provider.request({ method: "evm_setNextBlockTimestamp", params: [toQuantity(this.rounds.now)] });
    await provider.request({ method: "evm_mine", params: [] });
  }

  #see(what: string): void {
    const { seen } = this.#stage;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
}

/** Checked before anything else. */
function commissionOf({ cut, share }: { readonly cut: bigint; readonly share: bigint }): Commission {
  for (const ratio of [cut, share]) need(ratio <= ONE, "BondingManagerRatioOutOfBounds", ratio, ONE);
  return { rewardCut: cut, feeShare: share };
}

function isYounger(pool: Pool, fault: bigint): boolean {
  return [...pool.units.young.keys()].some((from) => from > fault) || pool.entering.issued > 0n;
}

/** An error with its values. When a lock of the present round can be bonded again is settled with the next one: until then the contract says "never". */
function describe({ name, args }: Refusal): string {
  const told = name === "BondingManagerStillLiable" ? args.slice(0, 1) : args;
  return `${name}(${told.map(String).join(", ")})`;
}

const plain = (args: readonly unknown[]): string =>
  JSON.stringify(args, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)).slice(1, -1);
