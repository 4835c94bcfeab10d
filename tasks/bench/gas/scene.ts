import { AbiCoder, getAddress, hexlify, id, keccak256, MaxUint256, parseEther, Signature, toBeHex } from "ethers";
import type { Interface } from "ethers";
import { TICKET_FIELDS, commitmentTo, payerWord, termsWord } from "../../../sim/model/ticket.ts";
import type { Call, Chain } from "./chain.ts";
import { stepOf } from "./machine.ts";

/** The service whose receipts a module judges that does what it is told, and the one of the dispute game. */
const CPU = id("CPUTranscoding");
export const GPU = id("GPUTranscoding");
/** {wei LPT} */
export const LPT = parseEther("1");
/** {wei LPT} Behind each of the three orchestrators that are acted on. */
const STAKE = 100_000n * LPT;
/** {wei LPT} Behind all the others together, however many they are: growth is the same then. */
const REST = 60_000_000n * LPT;
/** {1e18 = 1} */
const REWARD_CUT = 10n ** 17n;
const FEE_SHARE = 5n * 10n ** 17n;
/** {wei ETH} Of each ticket. */
const FACE_VALUE = 12_345_678_901_234_567n;
/** {1e18 = 1} Of each ticket: more than every draw. */
const ALWAYS = 0xfedcba9876543210n;
const MAX_ROUND = 2n ** 32n - 1n;
/** {round} How often fees are pulled and claimed. */
const CLAIM_EVERY = 10;
/** {1} Orchestrators whose transactions fill one block. */
const PER_BLOCK = 250;

interface TicketOptions {
  readonly sender?: string;
  /** Who signs. */
  readonly key?: string;
  readonly recipient?: string;
  /** {1} Of the commitment. */
  readonly index?: number;
}

interface Signed {
  readonly payer: string;
  readonly terms: string;
  readonly recipientRand: bigint;
  readonly r: string;
  readonly vs: string;
}

export interface Extent {
  /** {1} Registered and active. */
  readonly orchestrators: number;
  /** {round} In each of which pools and delegators were acted on. */
  readonly rounds: number;
}

/** Who acts, by what it is there for. */
export interface Cast {
  /** Pays for everything. */
  readonly deployer: string;
  readonly broadcaster: string;
  /** A broadcaster with an escrow, and a deposit that is less than a face value. */
  readonly patron: string;
  /** May sign for the broadcaster. */
  readonly hotKey: string;
  /** The orchestrator in question. */
  readonly node: string;
  /** To which stake moves. */
  readonly rival: string;
  /** On which somebody else acts. */
  readonly other: string;
  /** The delegator in question, behind `node`. */
  readonly delegator: string;
  /** Behind `node` and `rival`: in each round some of their stake leaves, and some enters. */
  readonly busy: string;
  readonly busyElsewhere: string;
  /** Has LPT and nothing bonded yet. */
  readonly newcomer: string;
  readonly candidate: string;
  /** Has no LPT. */
  readonly stranger: string;
}

/** A protocol that has run for a while, at the end of a round; and what happens in it. */
export class Scene {
  readonly chain: Chain;
  readonly cast: Cast;
  /** {LPT, wei} What the newcomer and the delegator have approved, and the candidate. */
  static readonly BOND = 100n * LPT;
  static readonly SELF_STAKE = 5_000n * LPT;

  #module: { address: string; abi: Interface } | undefined;

  private constructor(chain: Chain, cast: Cast) {
    this.chain = chain;
    this.cast = cast;
  }

  static async build(chain: Chain, { orchestrators, rounds }: Extent): Promise<Scene> {
    const names = [
      "deployer",
      "broadcaster",
      "patron",
      "hotKey",
      "node",
      "rival",
      "other",
      "delegator",
      "busy",
      "busyElsewhere",
      "newcomer",
      "candidate",
      "stranger",
    ] as const satisfies (keyof Cast)[];
    const cast = Object.fromEntries(names.map((name, index) => [name, chain.accounts[index]!])) as unknown as Cast;
    const scene = new Scene(chain, cast);
    await scene.#approveModules();
    await scene.#enterStage();
    await scene.#addOthers(orchestrators - 3);
    for (let round = 0; round < rounds; round++) {
      chain.round++;
      await chain.mine(await scene.#ordinaryRound());
    }
    await scene.#approveAmounts();
    const [count] = (await chain.read("BondingManager", "orchestratorCount")) as unknown as [bigint];
    if (count !== BigInt(orchestrators)) throw new Error(`${count} orchestrators instead of ${orchestrators}`);
    const [active] = (await chain.read("BondingManager", "totalActiveStake")) as unknown as [bigint];
    if (active < REST + 3n * STAKE) throw new Error(`only ${active} wei LPT of the orchestrators' are active`);
    return scene;
  }

  // --- Calls ---

  bonding(from: string, method: string, ...args: readonly unknown[]): Call {
    return this.chain.call(from, "BondingManager", method, ...args);
  }

  /** Anyone brings a pool up to date. */
  touch(orchestrator: string): Call {
    return this.bonding(this.cast.stranger, "reward", orchestrator);
  }

  /** What enters and leaves behind `node` and `rival` in a round. Leaving comes first: it would take back what entered in the same round. */
  traffic(): Call[] {
    const { busy, busyElsewhere, node, rival } = this.cast;
    return [
      this.bonding(busy, "unbond", LPT),
      this.bonding(busy, "bond", LPT, node),
      this.bonding(busyElsewhere, "unbond", LPT),
      this.bonding(busyElsewhere, "bond", LPT, rival),
    ];
  }

  // --- Tickets ---

  broker(from: string, method: string, ...args: readonly unknown[]): Call {
    return this.chain.call(from, "TicketBroker", method, ...args);
  }

  /** `recipient` redeems a winning ticket of this round. */
  async redeem(options: TicketOptions = {}): Promise<Call> {
    const { recipient = this.cast.node } = options;
    const { payer, terms, recipientRand, r, vs } = await this.#sign({ ...options, recipient });
    return this.broker(recipient, "redeem", payer, terms, recipientRand, r, vs);
  }

  /** The node redeems `count` tickets of this round in one call, the first of them with the number `first`. */
  async redeemBatch(count: number, first: number): Promise<Call> {
    const { node } = this.cast;
    const signed = [];
    for (let i = 0; i < count; i++) signed.push(await this.#sign({ recipient: node, index: first + i }));
    const { payer } = signed[0]!;
    return this.broker(node, "redeemBatch", [{ payer, winners: signed }]);
  }

  async #sign({
    sender = this.cast.broadcaster,
    key = sender,
    recipient,
    index = 0,
  }: TicketOptions & { recipient: string }): Promise<Signed> {
    const { chain } = this;
    // Words without the zeroes that small numbers would have: calldata is paid by the byte.
    const recipientRand = BigInt(id(`random number ${chain.round}/${index}`));
    const salt = recipientRand & (2n ** 128n - 1n);
    const ticket = {
      recipient,
      sender,
      faceValue: FACE_VALUE,
      winProb: ALWAYS,
      salt,
      commitment: commitmentTo(recipientRand),
      commitmentIndex: BigInt(index),
      creationRound: BigInt(chain.round),
    };
    const domain = {
      name: "Streamflow TicketBroker",
      version: "1",
      chainId: chain.chainId,
      verifyingContract: chain.addresses.TicketBroker,
    };
    const signer = await chain.ethers.getSigner(key);
    const { r, yParityAndS: vs } = Signature.from(await signer.signTypedData(domain, TICKET_FIELDS, ticket));
    return {
      payer: payerWord(ticket),
      terms: termsWord(ticket),
      recipientRand,
      r,
      vs,
    };
  }

  /** What the module that may judge does, asked by anyone. */
  judge(method: string, ...args: readonly unknown[]): Call {
    const { address, abi } = this.#module!;
    return { from: this.cast.stranger, to: address, data: abi.encodeFunctionData(method, [CPU, ...args]) };
  }

  // --- Setting up ---

  /** A verification module's approval binds after the unbonding period. */
  async #approveModules(): Promise<void> {
    const { chain, cast } = this;
    const factory = await chain.ethers.getContractFactory("VerificationMockForBondingManager");
    const { data } = await factory.getDeployTransaction(chain.addresses.BondingManager);
    const address = await chain.create(cast.deployer, data);
    this.#module = { address, abi: factory.interface };
    const program = keccak256("0x");
    const approve = (...args: unknown[]) =>
      chain.call(cast.deployer, "ServiceRegistry", "approveVerification", ...args);
    await chain.mine([
      approve(CPU, address, program),
      approve(GPU, chain.addresses.DisputeGame, hexlify(stepOf("store").program.root())),
    ]);
  }

  async #enterStage(): Promise<void> {
    const { chain, cast } = this;
    const fund = (who: string) => chain.call(cast.deployer, "LivepeerToken", "transfer", who, 2n * STAKE);
    const approve = (who: string) =>
      chain.call(who, "LivepeerToken", "approve", chain.addresses.BondingManager, MaxUint256);
    const { broadcaster, patron, hotKey } = cast;
    const escrow = parseEther("10");
    await chain.mine([
      { ...this.broker(broadcaster, "fund", broadcaster, escrow), value: parseEther("1000") },
      this.broker(broadcaster, "authorizeSigner", hotKey, MAX_ROUND, parseEther("100")),
      { ...this.broker(patron, "fund", patron, escrow), value: escrow + FACE_VALUE / 2n },
      { ...this.broker(patron, "fundAllocation", patron, cast.node), value: escrow },
      ...[cast.node, cast.rival, cast.other].flatMap((who) => [
        fund(who),
        approve(who),
        this.bonding(who, "register", REWARD_CUT, FEE_SHARE, STAKE),
      ]),
      ...(
        [
          [cast.delegator, cast.node],
          [cast.busy, cast.node],
          [cast.busyElsewhere, cast.rival],
        ] as const
      ).flatMap(([who, orchestrator]) => [
        fund(who),
        approve(who),
        this.bonding(who, "bond", STAKE / 10n, orchestrator),
      ]),
    ]);
  }

  async #addOthers(count: number): Promise<void> {
    const stake = REST / BigInt(count);
    await this.#enter("orchestrator", count, stake, (who) =>
      this.bonding(who, "register", REWARD_CUT, FEE_SHARE, stake),
    );
  }

  /** So many more behind `node`, with `stake` {wei LPT} each. */
  async addDelegators(count: number, stake: bigint): Promise<void> {
    await this.#enter("delegator", count, stake, (who) => this.bonding(who, "bond", stake, this.cast.node));
  }

  /** So many accounts get `stake` {wei LPT}, and do something with it. */
  async #enter(role: string, count: number, stake: bigint, act: (who: string) => Call): Promise<void> {
    const { chain, cast } = this;
    for (let first = 0; first < count; first += PER_BLOCK) {
      const calls: Call[] = [];
      for (let index = first; index < Math.min(first + PER_BLOCK, count); index++) {
        const who = accountOf(role, index);
        await chain.request("hardhat_impersonateAccount", who);
        calls.push(
          chain.call(cast.deployer, "LivepeerToken", "transfer", who, stake),
          chain.call(who, "LivepeerToken", "approve", chain.addresses.BondingManager, stake),
          act(who),
        );
      }
      await chain.mine(calls);
    }
  }

  async #ordinaryRound(): Promise<Call[]> {
    const { chain, cast } = this;
    const calls = [
      this.touch(cast.other),
      this.bonding(cast.delegator, "bond", LPT, cast.node),
      ...this.traffic(),
      await this.redeem(),
      chain.call(cast.stranger, "RoundsManager", "initializeRound"),
    ];
    if (chain.round % CLAIM_EVERY === 0) {
      calls.push(
        this.bonding(cast.stranger, "pullFees", cast.node, MaxUint256),
        this.bonding(cast.delegator, "withdrawFees", cast.delegator, MaxUint256),
      );
    }
    return calls;
  }

  /** Just what they will bond: more stays in their accounts. */
  async #approveAmounts(): Promise<void> {
    const { chain, cast } = this;
    const approve = (who: string, amount: bigint) =>
      chain.call(who, "LivepeerToken", "approve", chain.addresses.BondingManager, amount);
    const fund = (who: string) => chain.call(cast.deployer, "LivepeerToken", "transfer", who, STAKE);
    await chain.mine([
      approve(cast.delegator, Scene.BOND),
      fund(cast.newcomer),
      approve(cast.newcomer, Scene.BOND),
      fund(cast.candidate),
      approve(cast.candidate, Scene.SELF_STAKE),
    ]);
  }
}

/** An account without a key. */
function accountOf(role: string, index: number): string {
  const hash = keccak256(AbiCoder.defaultAbiCoder().encode(["string", "uint256"], [role, index]));
  return getAddress(toBeHex(BigInt(hash) >> 96n, 20));
}
