import { id as keccakId, type JsonRpcProvider, MaxUint256, parseEther, type Signer, Wallet } from "ethers";
import { connect, type ContractTypes, type Deployment } from "../../deploy/contracts.ts";
import { STRUCTURE_PROGRAM } from "../../offchain/verification/agreement.ts";

export const SERVICE = keccakId("CPUTranscoding");

/** What the accounts of a local network start with. */
const GAS_MONEY = parseEther("10");
/** {wei LPT} Of an orchestrator, or twice what it needs if that is more. */
const STAKE = parseEther("10000");
export const DEPOSIT = parseEther("1");
const ESCROW = parseEther("0.1");

/** Sets up accounts on a local chain: all money comes from the deployer. */
export class Accounts {
  readonly #provider: JsonRpcProvider;
  readonly #deployment: Deployment;
  readonly #deployer: Signer;

  constructor(modules: {
    readonly provider: JsonRpcProvider;
    readonly deployment: Deployment;
    readonly deployer: Signer;
  }) {
    this.#provider = modules.provider;
    this.#deployment = modules.deployment;
    this.#deployer = modules.deployer;
  }

  /** A new account that owns nothing. */
  create(): Wallet {
    return new Wallet(Wallet.createRandom().privateKey, this.#provider);
  }

  /** Money for gas, and a deposit {wei} with an escrow; 0 leaves both out. */
  async fundBroadcaster({ address }: Wallet, deposit: bigint): Promise<void> {
    await this.#giveGas(address);
    const broker = connect("TicketBroker", this.#deployment.contracts.TicketBroker.proxy, this.#deployer);
    if (deposit > 0n) await (await broker.fund(address, ESCROW, { value: deposit + ESCROW })).wait();
  }

  /** Puts stake behind it, active from the next round on. It keeps 10 % of the rewards, and gives half of the fees to the stake behind it. */
  async stakeOrchestrator(wallet: Wallet): Promise<void> {
    const { BondingManager } = this.#deployment.contracts;
    const { minimumStake } = await connect("BondingManager", BondingManager.proxy, this.#provider).parameters();
    const stake = 2n * minimumStake > STAKE ? 2n * minimumStake : STAKE;
    const bonding = await this.#readyToBond(wallet, stake);
    await (await bonding.register(parseEther("0.1"), parseEther("0.5"), stake)).wait();
  }

  /** The answer is the address of a new account with this stake {wei LPT} behind the orchestrator. */
  async delegate(orchestrator: string, amount: bigint): Promise<string> {
    const wallet = this.create();
    const bonding = await this.#readyToBond(wallet, amount);
    await (await bonding.bond(amount, orchestrator)).wait();
    return wallet.address;
  }

  /** Has receipts of the service judged by the structure program, unless they are or will be. The answer is the first round in which they are, after any stake is active. */
  async approveJudge(): Promise<bigint> {
    const { ServiceRegistry, DisputeGame } = this.#deployment.contracts;
    const registry = connect("ServiceRegistry", ServiceRegistry.proxy, this.#deployer);
    const { module, program } = await registry.verificationAt(SERVICE, MaxUint256);
    if (module !== DisputeGame.proxy || program !== STRUCTURE_PROGRAM)
      await (await registry.approveVerification(SERVICE, DisputeGame.proxy, STRUCTURE_PROGRAM)).wait();
    return (await registry.verificationAt(SERVICE, MaxUint256)).fromRound;
  }

  /** Moves the chain's clock to the beginning of a round, or to the present moment if that is later. */
  async passUntil(round: bigint): Promise<void> {
    const rounds = connect("RoundsManager", this.#deployment.contracts.RoundsManager.proxy, this.#provider);
    const begins = Number(await rounds.roundStart(round));
    await this.#provider.send("evm_setNextBlockTimestamp", [Math.max(begins, Math.floor(Date.now() / 1_000))]);
    await this.#provider.send("evm_mine", []);
  }

  /** Puts an offer into the registry, which lists it if the orchestrator is active. */
  async advertise(wallet: Wallet, uri: string): Promise<void> {
    const registry = connect("ServiceRegistry", this.#deployment.contracts.ServiceRegistry.proxy, wallet);
    await (await registry.setServiceURI(uri)).wait();
    await (await registry.setServices([SERVICE])).wait();
  }

  /** Gives an account money for gas, and LPT that it may bond. */
  async #readyToBond(wallet: Wallet, amount: bigint): Promise<ContractTypes["BondingManager"]> {
    const at = this.#deployment.contracts;
    const token = connect("LivepeerToken", at.LivepeerToken.proxy, this.#deployer);
    await this.#giveGas(wallet.address);
    await (await token.transfer(wallet.address, amount)).wait();
    await (await token.connect(wallet).approve(at.BondingManager.proxy, amount)).wait();
    return connect("BondingManager", at.BondingManager.proxy, wallet);
  }

  async #giveGas(to: string): Promise<void> {
    await (await this.#deployer.sendTransaction({ to, value: GAS_MONEY })).wait();
  }
}
