import { hexlify, toQuantity } from "ethers";
import type { Result } from "ethers";
import { readInterface } from "../../deploy/artifacts.ts";
import type { Protocol } from "../fixtures/protocol.ts";
import { Refusal } from "../../sim/model/refusal.ts";

const interfaces = {
  broker: readInterface("TicketBroker"),
  bonding: readInterface("BondingManager"),
  rounds: readInterface("RoundsManager"),
  minter: readInterface("Minter"),
  token: readInterface("LivepeerToken"),
  registry: readInterface("ServiceRegistry"),
  disputes: readInterface("DisputeGame"),
  machine: readInterface("Machine"),
};

export type ContractName = keyof typeof interfaces;

export interface Call {
  readonly from: string;
  readonly on: ContractName;
  readonly method: string;
  readonly args: readonly unknown[];
  /** {wei} */
  readonly value?: bigint;
}

/** What a transaction has taken. */
export interface Fee {
  /** {gas} */
  readonly gas: bigint;
  /** {wei ETH} */
  readonly paid: bigint;
}

/** What a transaction did: its hash, or why it was refused. */
export type Outcome = { readonly hash: string } | { readonly refusal: Refusal };

/** Enough for the largest offer in the registry. */
const GAS = toQuantity(10_000_000);

/** The contracts through JSON-RPC alone: thousands of calls, so nothing between a test and the chain but the encoding. */
export class Chain {
  readonly addresses: Readonly<Record<ContractName, string>>;
  readonly #provider: Protocol["provider"];

  private constructor(provider: Protocol["provider"], addresses: Readonly<Record<ContractName, string>>) {
    this.#provider = provider;
    this.addresses = addresses;
  }

  /**
   * The contracts of a deployment.
   * @param machine where it is not behind the proxies yet
   */
  static async of(protocol: Protocol, machine?: string): Promise<Chain> {
    const { broker, bonding, rounds, minter, token, registry, disputes, provider } = protocol;
    return new Chain(provider, {
      broker: await broker.getAddress(),
      bonding: await bonding.getAddress(),
      rounds: await rounds.getAddress(),
      minter: await minter.getAddress(),
      token: await token.getAddress(),
      registry: await registry.getAddress(),
      disputes: await disputes.getAddress(),
      machine: machine ?? (await disputes.MACHINE()),
    });
  }

  /**
   * Sends a transaction in a block of its own at `time` {s}.
   * @param baseFee {wei/gas} which is all that it pays; nothing unless told, on a chain that began so
   */
  async send({ from, on, method, args, value = 0n }: Call, time: bigint, baseFee?: bigint): Promise<Outcome> {
    const transaction = {
      from,
      to: this.addresses[on],
      data: encodeCall({ on, method, args }),
      value: toQuantity(value),
      gas: GAS,
      gasPrice: toQuantity(baseFee ?? 0n),
    };
    await this.#provider.request({ method: "evm_setNextBlockTimestamp", params: [toQuantity(time)] });
    if (baseFee !== undefined) {
      await this.#provider.request({
        method: "hardhat_setNextBlockBaseFeePerGas",
        params: [toQuantity(baseFee)],
      });
    }
    try {
      return {
        hash: (await this.#provider.request({ method: "eth_sendTransaction", params: [transaction] })) as string,
      };
    } catch (error) {
      return { refusal: decodeRefusal(on, error) };
    }
  }

  /** Asks a view in the present block. */
  async read(on: ContractName, method: string, ...args: readonly unknown[]): Promise<Result> {
    const data = interfaces[on].encodeFunctionData(method, args);
    const answer: unknown = await this.#provider.request({
      method: "eth_call",
      params: [{ to: this.addresses[on], data }, "latest"],
    });
    return interfaces[on].decodeFunctionResult(method, answer as string);
  }

  /** What a call would answer if it came once more, in the present block. */
  async ask({ from, on, method, args }: Call): Promise<Result> {
    const call = { from, to: this.addresses[on], data: interfaces[on].encodeFunctionData(method, args) };
    const answer: unknown = await this.#provider.request({ method: "eth_call", params: [call, "latest"] });
    return interfaces[on].decodeFunctionResult(method, answer as string);
  }

  /** Why a call would be refused in the present block; null: it would not. */
  async refusalOf(call: Call): Promise<Refusal | null> {
    try {
      await this.ask(call);
      return null;
    } catch (error) {
      return decodeRefusal(call.on, error);
    }
  }

  /** What the last transaction has taken, done or refused. */
  async lastFee(): Promise<Fee> {
    const block = (await this.#provider.request({
      method: "eth_getBlockByNumber",
      params: ["latest", false],
    })) as { transactions: string[] };
    const receipt = (await this.#provider.request({
      method: "eth_getTransactionReceipt",
      params: [block.transactions.at(-1)!],
    })) as { gasUsed: string; effectiveGasPrice: string };
    const gas = BigInt(receipt.gasUsed);
    return { gas, paid: gas * BigInt(receipt.effectiveGasPrice) };
  }

  /** {wei ETH} */
  async balance(address: string): Promise<bigint> {
    return BigInt((await this.#provider.request({ method: "eth_getBalance", params: [address, "latest"] })) as string);
  }

  /** The events of a transaction that `on` emitted. */
  async events(on: ContractName, hash: string): Promise<{ name: string; args: Result }[]> {
    const receipt = (await this.#provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
      logs: { address: string; topics: string[]; data: string }[];
    };
    return receipt.logs.flatMap((log) => {
      const event = interfaces[on].parseLog(log);
      return event === null ? [] : [{ name: event.name, args: event.args }];
    });
  }
}

/** Calldata. */
export const encodeCall = ({ on, method, args }: Pick<Call, "on" | "method" | "args">): string =>
  interfaces[on].encodeFunctionData(method, args);

/** The encoded error of a contract as the model would throw it. */
export function refusalOf(on: ContractName, data: string): Refusal {
  // An error may come from a contract that this one called.
  for (const contract of [interfaces[on], ...Object.values(interfaces)]) {
    const error = contract.parseError(data);
    if (error !== null) return new Refusal(error.name, [...error.args] as unknown[]);
  }
  return new Refusal("Unknown", [hexlify(data)]);
}

function decodeRefusal(on: ContractName, error: unknown): Refusal {
  const data = (error as { data?: unknown }).data;
  const bytes = typeof data === "object" && data !== null ? (data as { data?: unknown }).data : data;
  if (typeof bytes !== "string" || bytes === "0x") throw error;
  return refusalOf(on, bytes);
}
