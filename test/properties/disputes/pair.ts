import { expect } from "chai";
import { getBytes, toQuantity } from "ethers";
import type { Result } from "ethers";
import { hashOf } from "../../../sim/model/disputes/claim.ts";
import { GWEI } from "../../../sim/model/disputes/parameters.ts";
import { differences, View } from "../bonding/view.ts";
import { encodeCall } from "../chain.ts";
import type { Call, Fee } from "../chain.ts";
import { attempt, describe } from "../pair.ts";
import type { Done } from "../pair.ts";
import { Diary } from "./diary.ts";
import type { Models } from "./models.ts";
import { NAMES, ORCHESTRATORS } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** Actions between two looks at all of staking. */
const LOOK = 6;

/** {gas} How far the measurement of a call may be below what it took, and above it, zeros apart: it has constants for what it does not see. */
const UNMEASURED = 1_000n;
const OVERMEASURED = 30_000n;
/** {gas} What a caller may burn that does not simply take its payment, and what it takes to keep that. */
const UNWILLING = 110_000n;
/** {gas} Most that a zero byte of calldata is cheaper than it is counted: 40 instead of 10. */
const ZERO_BYTE = 30n;

/** What a call has cost, as the contract shows it afterwards. */
export interface Shown {
  /** {gwei ETH} */
  readonly cost: bigint;
  /** Whether that is all, and not only what there was to pay it from. */
  readonly whole: boolean;
}

/** How to read what the contract has measured of a call, once it is done. */
export interface Measure {
  /** {gwei/gas} */
  readonly cap: bigint;
  /** null: it shows nothing, because nobody is paid for the call. */
  readonly read: (hash: string) => Promise<Shown | null>;
}

/** Contracts and models side by side. After each call they show the same, and the contract holds what its diary says. */
export class Pair {
  readonly stage: Stage;
  readonly models: Models;
  readonly diary = new Diary();
  /** Every call, for the report of a failure. */
  readonly transcript: string[] = [];
  /** {round} Faults for which another module has disputes open, by orchestrator. */
  readonly others = new Map<string, readonly bigint[]>();
  /** {wei/gas} Of the next block. */
  baseFee = 0n;
  /** {wei ETH} What gas has taken from each account. */
  readonly fees = new Map<string, bigint>();
  #actions = 0;

  constructor(stage: Stage, models: Models) {
    this.stage = stage;
    this.models = models;
  }

  /** Does the same to contracts and models at the models' time: both do it and tell the same, or both refuse for the same reason. */
  async perform<T>(call: Call, onModel: (cost: bigint) => T, measure?: Measure): Promise<Done<T>> {
    const { chain } = this.stage;
    const { rounds, disputes } = this.models;
    const text = `${rounds.now} (round ${rounds.current}) ${call.on}.${call.method}(${plain(call.args)}) by ${call.from}${call.value ? ` with ${call.value} wei` : ""}`;
    this.transcript.push(this.named(text));
    const outcome = await chain.send(call, rounds.now, this.baseFee);
    const fee = await chain.lastFee();
    const shown = "hash" in outcome ? await measure?.read(outcome.hash) : undefined;
    if (shown) this.#checkCost(call, shown, fee, measure!.cap);
    this.#charge(call.from, fee);

    const told = disputes.events.length;
    const expected = attempt(() => onModel(shown?.cost ?? 0n));
    const have = "hash" in outcome ? "done" : describe(outcome.refusal);
    this.transcript.push(`  ${this.named(have)}`);
    expect(this.named(have)).to.equal(
      this.named(expected.ok ? "done" : describe(expected.refusal)),
      `contract against model: ${this.named(text)}`,
    );
    this.count(expected.ok ? call.method : `${call.method} ${expected.refusal.name}`);
    if ("hash" in outcome) {
      const events = await chain.events("disputes", outcome.hash);
      expect(events.map(({ name, args }) => this.named(`${name}(${tell(args)})`))).to.deep.equal(
        disputes.events.slice(told).map(({ name, args }) => this.named(`${name}(${tell(args)})`)),
        `events of contract and model: ${this.named(text)}`,
      );
      this.diary.note(events);
      if (events.some(({ name }) => name === "PaymentKept")) this.count("payment kept");
      if (call.on === "disputes" && call.method === "withdraw") this.diary.withdrawn(call.from);
    }
    await this.#compare(call);
    return expected;
  }

  /** An empty block at the model's time. */
  async mine(): Promise<void> {
    const { provider } = this.stage.protocol;
    await provider.request({ method: "evm_setNextBlockTimestamp", params: [toQuantity(this.models.rounds.now)] });
    await provider.request({ method: "evm_mine", params: [] });
  }

  /** Notes that something happened that a property is about. */
  count(what: string): void {
    const { seen } = this.stage;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }

  /** Accounts by short names: a report has to be read. */
  named(text: string): string {
    let short = text.replaceAll(this.stage.treasury, "treasury").replaceAll(this.stage.module, "module");
    for (const [n, account] of this.stage.accounts.entries()) short = short.replaceAll(account, NAMES[n]!);
    return short.replaceAll(/0x([0-9a-f]{6})[0-9a-f]{58,}/g, "$1…");
  }

  // --- Gas ---

  #charge(from: string, { paid }: Fee): void {
    this.models.ether.create(from, -paid);
    this.fees.set(from, (this.fees.get(from) ?? 0n) + paid);
  }

  /** What is refunded is what the call took, at its price and at most at the cap. */
  #checkCost(call: Call, { cost, whole }: Shown, { gas }: Fee, cap: bigint): void {
    const price = this.baseFee < cap * GWEI ? this.baseFee : cap * GWEI;
    const zeros = getBytes(encodeCall(call)).filter((byte) => byte === 0).length;
    const most = ((gas + ZERO_BYTE * BigInt(zeros) + OVERMEASURED) * price) / GWEI;
    const willing = (this.models.payees.get(call.from) ?? "willing") === "willing";
    const least = ((gas - UNMEASURED - (willing ? 0n : UNWILLING)) * price) / GWEI - 1n;
    expect(cost <= most, `${call.method} cost ${cost} gwei, at most ${most}`).to.equal(true);
    expect(cost >= 0n && (!whole || cost >= least), `${call.method} cost ${cost} gwei, at least ${least}`).to.equal(
      true,
    );
  }

  // --- Comparing ---

  async #compare(call: Call): Promise<void> {
    const { chain, accounts, treasury } = this.stage;
    const { ether, staking, disputes } = this.models;
    const { disputes: address } = chain.addresses;
    for (const account of [...accounts, treasury, address]) {
      const have = await chain.balance(account);
      expect(have, this.named(`ETH of ${account}`)).to.equal(ether.of(account));
    }
    expect(ether.of(address), "V4: the contract holds bonds, pots and what was not taken").to.equal(this.diary.held);
    for (const n of ORCHESTRATORS) {
      const orchestrator = accounts[n]!;
      const [shown] = (await chain.read("bonding", "getOrchestrator", orchestrator)) as unknown as [Result];
      const open = this.diary.open(orchestrator) + (this.others.get(orchestrator)?.length ?? 0);
      expect(shown.getValue("disputes"), `V4: open disputes of ${NAMES[n]}`).to.equal(BigInt(open));
      expect(staking.pools.get(orchestrator)?.openDisputes ?? 0).to.equal(open);
    }
    if (call.on === "disputes") {
      const [id] = call.args;
      const known = typeof id === "string" ? id : [...disputes.challenges.keys()].at(-1);
      if (known !== undefined) await this.compareChallenge(known);
      expect((await chain.read("disputes", "keptFor", call.from))[0]).to.equal(disputes.payments.keptFor(call.from));
    }
    if (this.#actions++ % LOOK === 0 || call.method === "settle" || call.method === "slash") await this.compareStake();
  }

  /** One challenge and its games. */
  async compareChallenge(id: string): Promise<void> {
    const { chain, accounts } = this.stage;
    const { disputes } = this.models;
    const challenge = disputes.challenges.get(id);
    if (challenge === undefined) return;
    const { claim, outcome, games, pot, costs } = challenge;
    const [shown] = (await chain.read("disputes", "challengeOf", id)) as unknown as [Result];
    expect(tell(shown)).to.equal(tell([hashOf(claim), outcome, games, pot, costs]), `challenge ${id}`);
    for (const defender of accounts) {
      const game = disputes.gameOf(id, defender);
      if (game === undefined) continue;
      const [have] = (await chain.read("disputes", "gameOf", id, claim.challenger, defender)) as unknown as [Result];
      const { listRoot, stage, level, since, clocks, gasPriceCap } = game;
      const want = [
        listRoot,
        stage,
        level,
        since,
        clocks.challenger,
        clocks.defender,
        gasPriceCap,
        game.costs.challenger,
        game.costs.defender,
      ];
      expect(tell(have)).to.equal(tell(want), this.named(`game of ${defender}`));
    }
  }

  /** Stake, LPT and ETH of everybody. */
  async compareStake(): Promise<void> {
    const { accounts, treasury, chain, lens } = this.stage;
    const { staking, rounds, tokens, ether } = this.models;
    const purses = { tokens, ether, treasury, broker: chain.addresses.broker };
    const want = new View(staking, rounds.current).everything(accounts, purses);
    const found = differences(await lens.look(accounts), want);
    expect(found.map((each) => this.named(each))).to.deep.equal([]);
  }
}

/** Values one after another, whatever holds them. */
function tell(value: unknown): string {
  return Array.isArray(value) ? `[${[...(value as unknown[])].map(tell).join(", ")}]` : String(value);
}

const plain = (args: readonly unknown[]): string =>
  JSON.stringify(args, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)).slice(1, -1);
