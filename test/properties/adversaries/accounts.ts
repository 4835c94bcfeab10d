import type { Court } from "../../fixtures/disputes.ts";

/** What the transactions of an account have cost it. */
export interface Spent {
  /** {wei ETH} */
  readonly fees: bigint;
  /** {wei ETH} Of the fees, what is above the base fee. */
  readonly tips: bigint;
}

/** ETH of everybody who has some, and what leaves them for gas. */
export class Accounts {
  readonly #court: Court;
  readonly #from: number;
  readonly #before: ReadonlyMap<string, bigint>;

  static async open(court: Court): Promise<Accounts> {
    return new Accounts(court, await court.ethers.provider.getBlockNumber(), await balances(court));
  }

  private constructor(court: Court, from: number, before: ReadonlyMap<string, bigint>) {
    this.#court = court;
    this.#from = from;
    this.#before = before;
  }

  /** {wei ETH} What each account has more than at the beginning. */
  async changes(): Promise<Map<string, bigint>> {
    const after = await balances(this.#court);
    return new Map([...after].map(([account, held]) => [account, held - this.#before.get(account)!]));
  }

  /** By account, since the beginning. */
  async spent(): Promise<Map<string, Spent>> {
    const { provider } = this.#court.ethers;
    const spent = new Map<string, Spent>();
    for (let number = this.#from + 1; number <= (await provider.getBlockNumber()); number += 1) {
      const block = (await provider.getBlock(number))!;
      for (const hash of block.transactions) {
        const { from, gasUsed, gasPrice } = (await provider.getTransactionReceipt(hash))!;
        const { fees, tips } = spentBy(spent, from);
        spent.set(from, {
          fees: fees + gasUsed * gasPrice,
          tips: tips + gasUsed * (gasPrice - block.baseFeePerGas!),
        });
      }
    }
    return spent;
  }
}

export function spentBy(spent: ReadonlyMap<string, Spent>, account: string): Spent {
  return spent.get(account) ?? { fees: 0n, tips: 0n };
}

async function balances({ ethers, disputes, treasury, bonding, broker }: Court): Promise<Map<string, bigint>> {
  const contracts = await Promise.all([disputes, treasury, bonding, broker].map((contract) => contract.getAddress()));
  const accounts = [...(await ethers.getSigners()).map(({ address }) => address), ...contracts];
  return new Map(
    await Promise.all(
      accounts.map(async (account): Promise<[string, bigint]> => [account, await ethers.provider.getBalance(account)]),
    ),
  );
}
