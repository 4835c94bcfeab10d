import { fileURLToPath } from "node:url";
import { getCreateAddress, toQuantity } from "ethers";
import type { Result } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readInterface } from "../../../deploy/artifacts.ts";
import { deploy } from "../../../deploy/index.ts";
import { readParameters } from "../../../deploy/parameters.ts";

const interfaces = {
  BondingManager: readInterface("BondingManager"),
  DisputeGame: readInterface("DisputeGame"),
  LivepeerToken: readInterface("LivepeerToken"),
  ProtocolGovernor: readInterface("ProtocolGovernor"),
  RoundsManager: readInterface("RoundsManager"),
  ServiceRegistry: readInterface("ServiceRegistry"),
  TicketBroker: readInterface("TicketBroker"),
};

export type ContractName = keyof typeof interfaces;

/** A transaction that is to be sent. */
export interface Call {
  readonly from: string;
  /** Absent: it creates a contract. */
  readonly to?: string;
  readonly data: string;
  /** {wei} */
  readonly value?: bigint;
}

/** {s, Unix} When round 1 begins. */
const START = 1_800_000_000;
/** {s} */
const ROUND = 86_400;
const PARAMETERS = fileURLToPath(new URL("../../../deploy/networks/localhost/parameters.json5", import.meta.url));
/** {s} As on a public network. */
const PUBLIC_DISPUTES = { openingWindow: 10_800, clock: 43_200 };
/** {wei LPT} A quarter of it is bonded at first: so inflation rises for hundreds of rounds before it falls, and thousands pass until it stops. */
const SUPPLY = 200_000_000n * 10n ** 18n;
/** {gas} More than any of the transactions needs. */
const GAS = toQuantity(30_000_000);

export type Connection = Awaited<ReturnType<HardhatRuntimeEnvironment["network"]["create"]>>;

/** The protocol with the default parameters and rounds of a day, on a chain whose clock stands still but for what is asked of it. */
export class Chain {
  /** {round} The present one. */
  round = 1;
  readonly addresses: Readonly<Record<ContractName, string>>;
  readonly accounts: readonly string[];
  readonly chainId: number;
  readonly #connection: Connection;
  #time = 0;

  private constructor(
    connection: Connection,
    addresses: Readonly<Record<ContractName, string>>,
    accounts: readonly string[],
    chainId: number,
  ) {
    this.#connection = connection;
    this.addresses = addresses;
    this.accounts = accounts;
    this.chainId = chainId;
  }

  /** A new chain with a new deployment, whose journal is left in `dir`. */
  static async start(network: HardhatRuntimeEnvironment["network"], dir: string): Promise<Chain> {
    const connection = await network.create({
      network: "default",
      override: {
        // What the anchors were measured under (docs/adr/0002-toolchain.md).
        hardfork: "prague",
        chainId: 31337,
        initialDate: new Date(START * 1_000),
        // Transactions are free and blocks have no end, so that thousands of accounts need nothing but LPT.
        initialBaseFeePerGas: 0,
        blockGasLimit: 2n ** 50n,
        mining: { mempool: { order: "fifo" } },
      },
    });
    const signers = await connection.ethers.getSigners();
    const parameters = readParameters(PARAMETERS);
    const deployment = await deploy({
      signer: signers[0]!,
      dir,
      parameters: {
        ...parameters,
        rounds: { roundLength: ROUND, startTime: START, startRound: 1 },
        disputes: { ...parameters.disputes, ...PUBLIC_DISPUTES },
        token: { genesis: [{ account: "deployer", amount: SUPPLY }] },
      },
    });
    const addressOf = (name: ContractName) => deployment.contracts[name].proxy;
    const chain = new Chain(
      connection,
      Object.fromEntries(Object.keys(interfaces).map((name) => [name, addressOf(name as ContractName)])) as Readonly<
        Record<ContractName, string>
      >,
      signers.map(({ address }) => address),
      deployment.chainId,
    );
    await chain.request("evm_setAutomine", false);
    return chain;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** {s, Unix} Of the last block. */
  get time(): number {
    return this.#time;
  }

  get ethers(): Connection["ethers"] {
    return this.#connection.ethers;
  }

  async request(method: string, ...params: unknown[]): Promise<unknown> {
    return this.#connection.provider.request({ method, params });
  }

  /** Mines one block with these transactions, in their order, at that hour of the present round or just after the last block; returns the gas of each. */
  async mine(calls: readonly Call[], hour = 12): Promise<number[]> {
    const hashes: unknown[] = [];
    for (const { from, to, data, value = 0n } of calls) {
      const transaction = { from, to, data, value: toQuantity(value), gas: GAS, gasPrice: "0x0" };
      hashes.push(await this.request("eth_sendTransaction", transaction));
    }
    this.#time = Math.max(this.#time + 1, START + (this.round - 1) * ROUND + hour * 3_600);
    await this.request("evm_setNextBlockTimestamp", toQuantity(this.#time));
    await this.request("evm_mine");

    const gas: number[] = [];
    for (const [index, hash] of hashes.entries()) {
      const receipt = (await this.request("eth_getTransactionReceipt", hash)) as { status: string; gasUsed: string };
      if (receipt.status !== "0x1") {
        throw new Error(`transaction ${index} of ${hashes.length} in round ${this.round} was reverted`);
      }
      gas.push(Number(receipt.gasUsed));
    }
    return gas;
  }

  /** Creates a contract; returns its address. */
  async create(from: string, data: string): Promise<string> {
    const nonce = await this.request("eth_getTransactionCount", from, "latest");
    await this.mine([{ from, data }]);
    return getCreateAddress({ from, nonce: BigInt(nonce as string) });
  }

  /** The gas of one transaction in a block of its own. */
  async gasOf(call: Call, hour?: number): Promise<number> {
    const [gas] = await this.mine([call], hour);
    return gas!;
  }

  /** A transaction of `from` to one of the contracts. */
  call(from: string, on: ContractName, method: string, ...args: readonly unknown[]): Call {
    return { from, to: this.addresses[on], data: interfaces[on].encodeFunctionData(method, args) };
  }

  /** Asks a view in the present block. */
  async read(on: ContractName, method: string, ...args: readonly unknown[]): Promise<Result> {
    const data = interfaces[on].encodeFunctionData(method, args);
    const answer = (await this.request("eth_call", { to: this.addresses[on], data }, "latest")) as string;
    return interfaces[on].decodeFunctionResult(method, answer);
  }

  /** Does something, then puts everything back to before. */
  async aside<T>(act: () => Promise<T>): Promise<T> {
    const [round, time] = [this.round, this.#time];
    const snapshot = await this.request("evm_snapshot");
    const result = await act();
    await this.request("evm_revert", snapshot);
    [this.round, this.#time] = [round, time];
    return result;
  }
}
