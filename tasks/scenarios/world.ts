import { hexlify, randomBytes, Wallet } from "ethers";
import type { BaseContract, ContractTransactionReceipt, ContractTransactionResponse, JsonRpcProvider } from "ethers";
import { connect } from "../../deploy/contracts.ts";
import type { ContractName, ContractTypes, Deployment } from "../../deploy/contracts.ts";
import { executeAs, give, sendAs } from "../../deploy/governance/obedient.ts";
import { refusalOf } from "../../deploy/refusal.ts";

/** {ms} Between looks for a block. */
const POLL_MS = 50;

export interface WorldOptions {
  /** JSON-RPC end point of a chain that obeys, on this machine. It mines each transaction at once, and otherwise when it is told to. */
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  /** Account that may call what is restricted, itself or through the AccessManager. */
  readonly administrator: string;
}

/** A deployment on a chain that obeys, as a scenario uses it. */
export class World {
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly #administrator: string;

  constructor({ rpcUrl, provider, deployment, administrator }: WorldOptions) {
    this.rpcUrl = rpcUrl;
    this.provider = provider;
    provider.pollingInterval = POLL_MS;
    this.deployment = deployment;
    this.#administrator = administrator;
  }

  // --- Accounts ---

  /** A contract of the deployment, as an account, or for reading. */
  at<N extends ContractName>(name: N, account?: Wallet): ContractTypes[N] {
    return connect(name, this.deployment.contracts[name].proxy, account ?? this.provider);
  }

  /** A new account with ETH and this much LPT {wei}. */
  async account(tokens = 0n): Promise<Wallet> {
    const wallet = new Wallet(hexlify(randomBytes(32)), this.provider);
    await give(this.provider, wallet.address);
    if (tokens > 0n) await this.mint(wallet.address, tokens);
    return wallet;
  }

  /** LPT {wei} that the Minter makes for it. */
  async mint(to: string, amount: bigint): Promise<void> {
    const { Minter, LivepeerToken } = this.deployment.contracts;
    const data = this.at("LivepeerToken").interface.encodeFunctionData("mint", [to, amount]);
    await sendAs(this.provider, Minter.proxy, LivepeerToken.proxy, data);
  }

  async mined(sending: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
    const { hash } = await sending;
    const receipt = await this.provider.getTransactionReceipt(hash);
    if (receipt?.status !== 1) throw new Error(`transaction ${hash} was not executed`);
    return receipt as ContractTransactionReceipt;
  }

  // --- Time ---

  /** {s, Unix} Of the last block. */
  async now(): Promise<bigint> {
    return BigInt((await this.provider.getBlock("latest"))!.timestamp);
  }

  round(): Promise<bigint> {
    return this.at("RoundsManager").currentRound();
  }

  /** To the beginning of a round, or a block further if it has begun. */
  async toRound(round: bigint): Promise<void> {
    await this.toTime(await this.at("RoundsManager").roundStart(round));
  }

  async passRounds(count: bigint): Promise<void> {
    await this.toRound((await this.round()) + count);
  }

  /** @param time {s, Unix} */
  async toTime(time: bigint): Promise<void> {
    if ((await this.now()) < time) await this.provider.send("evm_setNextBlockTimestamp", [Number(time)]);
    await this.provider.send("evm_mine", []);
  }

  /** @param seconds {s} */
  async pass(seconds: bigint): Promise<void> {
    await this.toTime((await this.now()) + seconds);
  }

  // --- The administrator ---

  /** Calls as the administrator, when its delay is over. */
  async administer(target: BaseContract | string, data: string): Promise<void> {
    const address = typeof target === "string" ? target : await target.getAddress();
    await executeAs(this.provider, this.deployment, this.#administrator, { target: address, data });
  }

  // --- Back to before ---

  /** Does something, then puts the chain back to before, with its clock. */
  async aside<T>(act: () => Promise<T>): Promise<T> {
    const snapshot: unknown = await this.provider.send("evm_snapshot", []);
    try {
      return await act();
    } finally {
      await this.provider.send("evm_revert", [snapshot]);
    }
  }
}

/** @throws if two amounts differ */
export function requireEqual(what: string, have: bigint, want: bigint): void {
  if (have !== want) throw new Error(`${what} is ${have}, not ${want}`);
}

/** @throws if it is not so */
export function requireThat(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}

/** {wei LPT} Most that the rounding of shares may take of a stake. */
const ROUNDING = 1_000n;

/** @throws if a stake is below `want` by more than rounding: a share is worth more than its price once an orchestrator has earned */
export function requireAtLeast(what: string, have: bigint, want: bigint): void {
  requireThat(have + ROUNDING >= want, `${what} is ${have}, not at least ${want}`);
}

/** @throws unless `have` is within a hundredth of `want`: where rounds, with their rewards, may have passed */
export function requireNear(what: string, have: bigint, want: bigint): void {
  const difference = have > want ? have - want : want - have;
  requireThat(difference * 100n <= want, `${what} is ${have}, not about ${want}`);
}

/** @throws unless the contract refuses it, with this error */
export async function requireRefused(acting: Promise<unknown>, name: string): Promise<void> {
  const reason = await acting.then(
    () => "accepted",
    (error: unknown) => refusalOf(error) ?? (error as Error).message,
  );
  requireThat(reason.startsWith(`${name}(`), `it should be refused with ${name}, and is: ${reason}`);
}
