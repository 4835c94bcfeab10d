import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import type { Result } from "ethers";
import { network } from "hardhat";
import { Token, ZERO_ADDRESS } from "../../sim/model/money.ts";
import { Refusal } from "../../sim/model/refusal.ts";
import { ALL_REGIONS, NO_REGION, Registry } from "../../sim/model/registry.ts";
import type { Surroundings } from "../../sim/model/registry.ts";
import { deployProtocol, passRounds, registerAs, SHORT_VOTES, TEST_PARAMETERS } from "../fixtures/protocol.ts";
import type { Protocol } from "../fixtures/protocol.ts";
import { ascending, cells } from "../fixtures/registry.ts";
import { Chain } from "./chain.ts";
import type { Call } from "./chain.ts";
import { RegistryIndexer } from "./registry-events.ts";
import { PROLOGUE } from "./registry-steps.ts";
import type { Act } from "./registry-steps.ts";

const ONE = 10n ** 18n;
const ROUND_LENGTH = 1_000;
/** {wei LPT} That the registry may take from each account in the beginning. */
const ALLOWANCE = 250n * ONE;
const NAMES = ["CPUTranscoding", "GPUTranscoding", "SegmentVerification", "a", "b", "c".repeat(32), "d".repeat(64)];
const BAD_NAMES = ["", "e".repeat(65)];
const IDS = NAMES.map(id);
/** As many as an offer may name, and what is none. */
const CELLS = [...cells(32), NO_REGION];
/** Looked at one by one. */
const WATCHED = [ALL_REGIONS, NO_REGION, ...cells(3)];
const PROGRAMS = [ZeroHash, id("one"), id("two")];

interface Node {
  readonly registered: boolean;
  readonly active: boolean;
  readonly stake: bigint;
}

/** The chain that all sequences share. */
export interface Stage {
  readonly protocol: Protocol;
  readonly chain: Chain;
  readonly accounts: readonly string[];
  readonly modules: readonly string[];
  readonly restore: () => Promise<void>;
  /** How often each method was done or refused. */
  readonly seen: Map<string, number>;
}

/** Seven accounts with LPT: four active orchestrators, one with almost enough stake, two that have not registered. */
export async function createStage(): Promise<Stage> {
  const connection = await network.create<"l1">({ override: { initialBaseFeePerGas: 0 } });
  const protocol = await deployProtocol(connection, {
    ...TEST_PARAMETERS,
    governance: SHORT_VOTES,
    rounds: { roundLength: ROUND_LENGTH, startTime: "deployment", startRound: 1 },
    bonding: { ...TEST_PARAMETERS.bonding, unbondingPeriod: 3 },
    disputes: { ...TEST_PARAMETERS.disputes, openingWindow: 600, clock: 60 },
  });
  const { bonding, registry, token } = protocol;
  const signers = protocol.others.slice(0, 7);
  for (const [i, signer] of signers.entries()) {
    const selfStake = i < 4 ? 5_000n * ONE + BigInt(i) : 4_999n * ONE;
    if (i < 5) await registerAs(protocol, signer, { selfStake, rewardCut: 0n, feeShare: 0n });
    await token.transfer(signer, 20_000n * ONE);
    await token.connect(signer).approve(bonding, Token.UNLIMITED);
    await token.connect(signer).approve(registry, ALLOWANCE);
  }
  await passRounds(protocol, 1n);
  const snapshot = await protocol.networkHelpers.takeSnapshot();
  return {
    protocol,
    chain: await Chain.of(protocol),
    accounts: signers.map(({ address }) => address),
    modules: [ZERO_ADDRESS, await protocol.treasury.getAddress(), await token.getAddress(), signers[0]!.address],
    restore: () => snapshot.restore(),
    seen: new Map(),
  };
}

/** The registry, its model and an indexer side by side, for one sequence. */
export class World {
  readonly model: Registry;
  readonly indexer = new RegistryIndexer();
  readonly transcript: string[] = [];
  readonly #stage: Stage;
  readonly #token = new Token();
  readonly #nodes = new Map<string, Node>();
  /** What was answered for a round once it had begun: it must stay so. */
  readonly #settled = new Map<string, string>();
  #now: bigint;
  #round = 0n;
  /** {round} Of the last look at everybody's stake. */
  #lookedIn = 0n;
  #unbondingPeriod = 3n;

  static async open(stage: Stage): Promise<World> {
    await stage.restore();
    const latest = await stage.protocol.ethers.provider.getBlock("latest");
    const world = new World(stage, BigInt(latest!.timestamp));
    await world.#look();
    for (const account of stage.accounts) {
      const [balance] = await stage.chain.read("token", "balanceOf", account);
      world.#token.balances.create(account, balance as bigint);
      world.#token.approve(account, ALLOWANCE);
    }
    for (const [service, known] of world.model.services) world.indexer.services.set(service, known);
    return world;
  }

  private constructor(stage: Stage, now: bigint) {
    this.#stage = stage;
    this.#now = now;
    const roundOf = () => this.#round;
    const periodOf = () => this.#unbondingPeriod;
    const around: Surroundings = {
      get round() {
        return roundOf();
      },
      get unbondingPeriod() {
        return periodOf();
      },
      isRegistered: (account) => this.#nodes.get(account)?.registered ?? false,
      isActive: (account) => this.#nodes.get(account)?.active ?? false,
      stake: (account) => this.#nodes.get(account)?.stake ?? 0n,
      hasCode: (account) => account !== ZERO_ADDRESS && !stage.accounts.includes(account),
    };
    this.model = new Registry(stage.chain.addresses.registry, this.#token, around, 100n * ONE);
  }

  async run(acts: readonly Act[]): Promise<void> {
    try {
      for (const act of [...PROLOGUE, ...acts]) await this.#act(act);
      await this.compare();
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.transcript.join("\n")}`, { cause: error });
    }
  }

  async #act(act: Act): Promise<void> {
    const { model } = this;
    const { accounts, modules, protocol } = this.#stage;
    const governor = protocol.deployer.address;
    const pick = <T>(from: readonly T[], i: number): T => from[i % from.length]!;
    const by = "by" in act && act.by !== null ? pick(accounts, act.by) : governor;
    const registry = (from: string, method: string, ...args: unknown[]): Call => ({
      from,
      on: "registry",
      method,
      args,
    });

    switch (act.do) {
      case "setServiceURI": {
        const uri = "u".repeat(act.length);
        return this.#both(registry(by, act.do, uri), () => model.setServiceURI(by, uri));
      }
      case "setServices": {
        // Long lists of services that exist, so that some are refused for the number of pairs alone.
        const known = act.names.length < 4 ? IDS : [...model.services.keys()];
        const named = act.names.map((i) => pick(known, i));
        const ids = act.sorted && act.names.length < 17 ? ascending([...new Set(named)]) : named;
        return this.#both(registry(by, act.do, ids), () => model.setServices(by, ids));
      }
      case "setRegions": {
        const named = act.cells.length < 30 ? act.cells.map((i) => pick(CELLS, i)) : cells(act.cells.length);
        const regions = act.sorted ? [...new Set(named)].sort((a, b) => (a < b ? -1 : 1)) : named;
        return this.#both(registry(by, act.do, regions), () => model.setRegions(by, regions));
      }
      case "refresh": {
        const who = pick(accounts, act.who);
        return this.#both(registry(by, act.do, who), () => model.refresh(who));
      }
      case "defineService": {
        const name = pick([...NAMES, ...BAD_NAMES], act.name);
        const metadata = "m".repeat(act.length);
        return this.#both(registry(by, act.do, name, metadata), () => model.defineService(by, name, metadata));
      }
      case "withdrawService": {
        const service = pick(IDS, act.name);
        const definer = model.services.get(service)?.definer ?? ZERO_ADDRESS;
        const from = act.by === null && definer !== ZERO_ADDRESS ? definer : by;
        return this.#both(registry(from, act.do, service), () => model.withdrawService(from, service));
      }
      case "approveVerification": {
        const args = [pick(IDS, act.name), pick(modules, act.module), pick(PROGRAMS, act.program)] as const;
        return this.#both(registry(by, act.do, ...args), () => model.approveVerification(...args));
      }
      case "cancelVerification": {
        const service = pick(IDS, act.name);
        return this.#both(registry(by, act.do, service), () => model.cancelVerification(service));
      }
      case "setDeposit":
        return this.#both(registry(by, "setParameters", [act.deposit]), () => model.setParameters(act.deposit));
      case "switch": {
        const method = act.pause ? "pause" : "unpause";
        return this.#both(registry(by, method), () => model.defining[method]());
      }
      case "allow": {
        const args = [this.#stage.chain.addresses.registry, act.amount];
        return this.#both({ from: by, on: "token", method: "approve", args }, () =>
          this.#token.approve(by, act.amount),
        );
      }
      case "stake": {
        const args = { register: [0, 0, 0], bond: [act.amount, by], unbond: [act.amount], reward: [by] }[act.how];
        await this.#send({ from: by, on: "bonding", method: act.how, args });
        const [balance] = await this.#stage.chain.read("token", "balanceOf", by);
        this.#token.balances.create(by, (balance as bigint) - this.#token.balances.of(by));
        await this.#look();
        return;
      }
      case "setBonding": {
        const [old] = (await this.#stage.chain.read("bonding", "parameters")) as unknown as [Result];
        const changed = { ...old.toObject(), minimumStake: act.minimum, unbondingPeriod: act.period };
        await this.#send({ from: by, on: "bonding", method: "setParameters", args: [changed] });
        this.#unbondingPeriod = BigInt(act.period);
        return;
      }
      case "pass":
        this.#now += BigInt(act.rounds * ROUND_LENGTH);
        await this.compareVerifications();
        return;
    }
  }

  /** Does one call on the chain and in the model: both do it, or both refuse for the same reason. */
  async #both(call: Call, act: () => unknown): Promise<void> {
    const outcome = await this.#send(call);
    if (this.#round !== this.#lookedIn) await this.#look();
    let refusal: Refusal | undefined;
    try {
      act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
    }
    const chain = "refusal" in outcome ? outcome.refusal.message : "done";
    expect(chain, this.transcript.at(-1)).to.equal(refusal?.message ?? "done");
    const what = refusal === undefined ? call.method : `${call.method} ${refusal.name}`;
    this.#stage.seen.set(what, (this.#stage.seen.get(what) ?? 0) + 1);
    if ("hash" in outcome) this.indexer.read(await this.#stage.chain.events("registry", outcome.hash));
  }

  async #send(call: Call): ReturnType<Chain["send"]> {
    this.#now += 1n;
    const [round] = await this.#stage.chain.read("rounds", "roundAt", this.#now);
    this.#round = round as bigint;
    this.transcript.push(`${this.#round}: ${call.from} ${call.method}(${call.args.map(String).join(", ")})`);
    return this.#stage.chain.send(call, this.#now);
  }

  /** What the BondingManager says about everybody: it changes with stake, and with the round. */
  async #look(): Promise<void> {
    const { accounts, chain } = this.#stage;
    for (const account of accounts) {
      const [registered] = await chain.read("bonding", "isRegistered", account);
      const [node] = (await chain.read("bonding", "getOrchestrator", account)) as unknown as [Result];
      const { active, totalStake } = node.toObject() as { active: boolean; totalStake: bigint };
      this.#nodes.set(account, { registered: registered as boolean, active, stake: totalStake });
    }
    this.#lookedIn = this.#round;
  }

  // --- Looking at everything ---

  async compare(): Promise<void> {
    await this.#compareServices();
    await this.#compareOffers();
    await this.compareVerifications();
    for (const service of this.model.services.keys()) {
      for (const region of WATCHED) await this.#compareList(service, region);
    }
    const { chain } = this.#stage;
    const [held] = await chain.read("token", "balanceOf", chain.addresses.registry);
    const deposits = [...this.model.services.values()].reduce((sum, { deposit }) => sum + deposit, 0n);
    expect(held, "the registry holds the deposits").to.equal(deposits);
    expect(this.#token.balances.of(chain.addresses.registry), "so does the model").to.equal(deposits);
    for (const account of this.#stage.accounts) {
      const [balance] = await chain.read("token", "balanceOf", account);
      expect(balance, `balance of ${account}`).to.equal(this.#token.balances.of(account));
    }
  }

  async #compareServices(): Promise<void> {
    expect(this.indexer.services).to.deep.equal(this.model.services);
    for (const [service, { name, metadata, definer, deposit }] of this.model.services) {
      const [known] = await this.#stage.chain.read("registry", "serviceOf", service);
      expect(known).to.deep.equal([name, metadata, definer, deposit]);
    }
  }

  async #compareOffers(): Promise<void> {
    for (const account of this.#stage.accounts) {
      const expected = this.model.offer(account);
      const [offer] = await this.#stage.chain.read("registry", "getOffer", account);
      expect(offer, `offer of ${account}`).to.deep.equal(Object.values(expected));
      expect(this.indexer.offer(account), `offer of ${account} by events`).to.deep.equal(expected);
    }
  }

  async compareVerifications(): Promise<void> {
    const rounds = [this.#round - 2n, this.#round, this.#round + 9n].filter((round) => round >= 0n);
    for (const service of IDS) {
      for (const round of rounds) {
        const expected = this.model.verificationAt(service, round);
        const [answer] = await this.#stage.chain.read("registry", "verificationAt", service, round);
        const { module, fromRound, program } = (answer as Result).toObject() as typeof expected;
        expect({ module, fromRound, program }, `round ${round}`).to.deep.equal(expected);
        expect(this.indexer.verificationAt(service, round), `round ${round} by events`).to.deep.equal(expected);
        if (round > this.#round) continue;
        const key = `${service}/${round}`;
        const said = `${module} ${program}`;
        expect(this.#settled.get(key) ?? said, "what holds for a round that has begun").to.equal(said);
        this.#settled.set(key, said);
      }
    }
  }

  /** All pages together show what the model finds, each offer once. */
  async #compareList(service: string, region: bigint): Promise<void> {
    const { chain } = this.#stage;
    const [count] = await chain.read("registry", "offerCount", service, region);
    expect(count).to.equal(BigInt(this.model.members(service, region).length));
    const minStake = 5_000n * ONE + (count as bigint) / 3n;
    const limit = 2n;
    const found: string[] = [];
    let cursor = 0n;
    do {
      const answer = await chain.read("registry", "list", service, region, minStake, cursor, limit);
      const [page, next] = answer as unknown as [Result[], bigint];
      expect(page.length).to.be.at.most(Number(limit));
      for (const [orchestrator, uri, stake, regions] of page) {
        const offer = this.model.offer(orchestrator as string);
        expect([uri, stake, regions]).to.deep.equal([
          offer.uri,
          this.#nodes.get(orchestrator as string)!.stake,
          offer.regions,
        ]);
        found.push(orchestrator as string);
      }
      cursor = next;
    } while (cursor !== 0n);
    expect(found.sort()).to.deep.equal(this.model.list(service, region, minStake).sort());
  }
}
