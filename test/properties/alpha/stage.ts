import { expect } from "chai";
import { Contract, dataSlice, getAddress, id as hash, toQuantity } from "ethers";
import { readInterface } from "../../../deploy/artifacts.ts";
import { Balances } from "../../../sim/model/money.ts";
import { Rounds } from "../../../sim/model/rounds.ts";
import { AlphaWorld } from "../../fixtures/alpha.ts";
import { SHORT_VOTES, TEST_PARAMETERS } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { CPU } from "../../fixtures/registry.ts";
import { Chain } from "../chain.ts";
import { scheduleOf } from "../deployed.ts";
import { createLens } from "../bonding/lens.ts";
import type { Lens } from "../bonding/lens.ts";
import { ETHER } from "../bonding/stage.ts";
import { World } from "../bonding/world.ts";
import { Migrated } from "./migrated.ts";

/** {1} The first four may be transcoders. */
const ACCOUNTS = 9;
/** {round} Of alpha and Streamflow: short, so that locks of both end within a sequence, and some of the alpha's later than it. */
const [ALPHA_UNBONDING, UNBONDING] = [12n, 3];
/** {round} The farthest that somebody's import is from the upgrade; beyond it, its own first action imports. */
const LATE = 8;

/** A chain with an alpha and all that its upgrade needs, put back before each history. */
export class AlphaStage {
  readonly world: AlphaWorld;
  readonly seen = new Map<string, number>();
  /** What acts on the upgraded contracts. */
  streamflow!: World;
  readonly #protocol: Protocol;
  readonly #lens: Lens;
  readonly #chain: Chain;
  #snapshot: { restore: () => Promise<void> };

  static async open(): Promise<AlphaStage> {
    const world = await AlphaWorld.open({
      accounts: ACCOUNTS,
      transcoders: 3,
      roundLength: 400n,
      unbondingPeriod: ALPHA_UNBONDING,
      maxClaimRounds: 1_000n,
      parameters: {
        ...TEST_PARAMETERS,
        governance: SHORT_VOTES,
        bonding: { ...TEST_PARAMETERS.bonding, unbondingPeriod: UNBONDING },
      },
    });
    const protocol = await world.protocol();
    const { broadcaster, provider } = protocol;
    await provider.request({ method: "hardhat_setBalance", params: [broadcaster.address, toQuantity(2n * ETHER)] });
    const lens = await createLens(protocol);
    const chain = await Chain.of(protocol, world.plan.machine.address);
    return new AlphaStage(world, protocol, lens, chain, await protocol.networkHelpers.takeSnapshot());
  }

  private constructor(
    world: AlphaWorld,
    protocol: Protocol,
    lens: Lens,
    chain: Chain,
    snapshot: { restore: () => Promise<void> },
  ) {
    this.world = world;
    this.#protocol = protocol;
    this.#lens = lens;
    this.#chain = chain;
    this.#snapshot = snapshot;
  }

  see(what: string, times = 1): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + times);
  }

  /** An alpha in which nobody has done anything. */
  async begin(): Promise<void> {
    await this.#snapshot.restore();
    this.world.model = this.world.freshModel();
  }

  /**
   * The upgrade, and rounds in which nobody acts but those who split out positions of others.
   * @param order {round} for each account, how long after the upgrade somebody imports it
   */
  async upgrade(order: readonly number[]): Promise<void> {
    const { world } = this;
    const p = this.#protocol;
    const { networkHelpers, token } = p;
    const lpt = await token.totalSupply();
    const eth = await p.ethers.provider.getBalance(world.network.minter);
    await world.upgrade();
    expect(await token.totalSupply()).to.equal(lpt);
    expect(await token.balanceOf(p.bonding)).to.equal(world.model.held);
    expect(await p.ethers.provider.getBalance(world.plan.funds.address)).to.equal(eth);
    expect(eth).to.equal(world.model.ether);

    const claims = [...world.model.accounts.values()].reduce(
      (sum, { stake, locks }) => [...locks.values()].reduce((all, { amount }) => all + amount, sum + stake),
      0n,
    );
    expect(claims + world.model.nobodys.lpt, "what is held, and whose it is").to.equal(world.model.held);

    const rounds = new Rounds(await scheduleOf(this.#chain));
    rounds.now = BigInt(await networkHelpers.time.latest());
    const first = rounds.current;
    const orchestrators = (await p.bonding.orchestratorsFrom(1, 100)).map((each) => getAddress(each));
    const model = new Migrated(rounds, world.model, orchestrators, world.parameters, ALPHA_UNBONDING);
    const { module, from } = await this.#approveModule();
    await p.broker.connect(p.broadcaster).fund(p.broadcaster, 0n, { value: ETHER, gasPrice: 0n });

    // A fault can be of the round before the last.
    const settled = from + 2n;
    for (let round = first; round <= settled; round++) {
      if (round > first) await networkHelpers.time.increaseTo(rounds.startOf(round));
      for (const [n, who] of world.accounts.entries()) {
        if (first + BigInt(order[n]!) !== round || order[n]! > LATE) continue;
        await world.send({ from: world.deployer, on: "streamflow", method: "importPosition", args: [who] });
      }
    }
    rounds.now = BigInt(await networkHelpers.time.latest()) + 1n;
    await this.#look();

    const purses = {
      tokens: new Balances(),
      ether: new Balances(),
      treasury: await p.treasury.getAddress(),
      broker: this.#chain.addresses.broker,
    };
    purses.ether.create(purses.broker, ETHER);
    for (const who of world.accounts) {
      purses.tokens.create(who, await token.balanceOf(who));
      purses.ether.create(who, await p.ethers.provider.getBalance(who));
    }
    const stage = {
      protocol: p,
      chain: this.#chain,
      broadcaster: p.broadcaster.address,
      accounts: world.accounts,
      module,
      look: this.#lens.look,
      lookBack: (round: bigint) => this.#lens.lookBack(world.accounts, round),
      restore: () => this.#snapshot.restore(),
      seen: this.seen,
    };
    this.streamflow = new World(stage, { model, rounds, purses, first });
  }

  /** At the end: claims that were under way are paid, and everybody takes the fees and the deposit that it had. */
  async settleFunds(): Promise<void> {
    const { world } = this;
    const { model, accounts } = world;
    const { ethers, broker } = this.#protocol;
    const late = new Map<string, bigint>();
    const own = new Map<string, bigint>();
    for (const [job, { transcoder, claims }] of model.jobs.entries()) {
      for (const [n, { amount, end, paid }] of claims.entries()) {
        if (paid) continue;
        const block = await world.block();
        if (block < end) await world.mine(end - block);
        await world.send({ from: world.deployer, on: "deposits", method: "distributeFees", args: [job, n] });
        const { delegated, feeShare } = model.delegate(transcoder);
        const shared = delegated === 0n ? 0n : (amount * feeShare) / 1_000_000n;
        if (shared > 0n) add(late, transcoder, (shared << 128n) / delegated);
        add(own, transcoder, amount - shared);
      }
    }
    let paid = 0n;
    for (const who of accounts) {
      const { stake, fees, delegate } = model.account(who);
      const due = fees + (own.get(who) ?? 0n) + (((late.get(delegate ?? "") ?? 0n) * stake) >> 128n);
      const before = await ethers.provider.getBalance(who);
      await world.send({ from: who, on: "streamflow", method: "withdrawAlphaFees", args: [who] });
      expect((await ethers.provider.getBalance(who)) - before, `fees of ${who}`).to.equal(due);
      paid += due;
    }
    let moved = 0n;
    for (const [who, amount] of model.deposits) {
      if (amount === 0n) continue;
      moved += amount;
      const { deposit } = await broker.getSender(who);
      await world.send({ from: who, on: "deposits", method: "moveDeposit", args: [0n] });
      expect((await broker.getSender(who)).deposit - deposit).to.equal(amount);
    }
    // What the alpha's own roundings have left, and those of the claims paid since.
    const left = await ethers.provider.getBalance(world.plan.funds.address);
    expect(left).to.equal(model.ether - paid - moved);
    expect(left >= model.nobodys.eth && left - model.nobodys.eth < 200n, `${left} wei are left`).to.equal(true);
  }

  async #approveModule(): Promise<{ module: string; from: bigint }> {
    const { registry, deployer, provider, networkHelpers } = this.#protocol;
    const module = getAddress(dataSlice(hash("module"), 12));
    await provider.request({ method: "hardhat_setCode", params: [module, "0x00"] });
    await networkHelpers.impersonateAccount(module);
    const args = [CPU, module, hash("program")] as const;
    const from = await registry.connect(deployer).approveVerification.staticCall(...args);
    await registry.connect(deployer).approveVerification(...args, { gasPrice: 0n });
    return { module, from };
  }

  /** Counts what there is to import later. */
  async #look(): Promise<void> {
    const { accounts, network } = this.world;
    const views = new Contract(network.bondingManager, readInterface("AlphaBonding"), this.#protocol.ethers.provider);
    for (const who of accounts) {
      const { imported, stake } = (await views.getFunction("alphaPositionOf")(who)) as {
        imported: boolean;
        stake: bigint;
      };
      if (!imported && stake > 0n) this.see("waiting position");
      this.see("alpha lock", this.world.model.account(who).locks.size);
    }
    const { pool } = this.world.model;
    const aside = accounts.filter((who) => this.world.model.account(who).delegate === who && !pool.includes(who));
    this.see("orchestrator aside", aside.length);
  }
}

function add(map: Map<string, bigint>, key: string, amount: bigint): void {
  map.set(key, (map.get(key) ?? 0n) + amount);
}
