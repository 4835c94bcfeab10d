import { toQuantity } from "ethers";
import type { Action, Call } from "./actions.ts";

/** {s} Between blocks, as on Ethereum. */
export const BLOCK_TIME = 12;

export interface Gap {
  readonly action: string;
  readonly goal: Action["goal"];
  /** Whether it was possible before the upgrade. */
  readonly inAlpha: boolean;
  /** After which transaction it was possible for the first time; null: it always was, or never is. */
  readonly since: string | null;
  /** {1} After how many transactions of the upgrade it was not possible any more. */
  readonly transactions: number;
  /** {s} As long as that was, by the time of the blocks. Null: for ever. */
  readonly seconds: number | null;
}

export interface Step {
  readonly transaction: string;
  readonly gas: number;
}

type Request = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Attempts every action on the chain, before the upgrade and after each of its transactions, by accounts that have the right to it. */
export class Watch {
  /** {s, Unix} Of the last block, each time that it looked. */
  readonly #times: number[] = [];
  readonly #possible = new Map<string, boolean[]>();
  readonly #actions: readonly Action[];
  readonly #request: Request;
  /** Transactions in their order. */
  readonly steps: Step[] = [];

  constructor(request: Request, actions: readonly Action[]) {
    [this.#request, this.#actions] = [request, actions];
  }

  /** Looks; the next block comes a block's time later. */
  async look(transaction?: string, hash?: string): Promise<void> {
    if (transaction !== undefined) {
      const { gasUsed } = (await this.#request("eth_getTransactionReceipt", [hash])) as { gasUsed: string };
      this.steps.push({ transaction, gas: Number(gasUsed) });
    }
    const { timestamp } = (await this.#request("eth_getBlockByNumber", ["latest", false])) as { timestamp: string };
    this.#times.push(Number(timestamp));
    for (const action of this.#actions) {
      const possible = this.#possible.get(action.name) ?? [];
      this.#possible.set(action.name, [...possible, await this.#isPossible(action)]);
    }
    await this.#request("evm_setNextBlockTimestamp", [toQuantity(Number(timestamp) + BLOCK_TIME)]);
  }

  gaps(): Gap[] {
    return this.#actions.map(({ name, goal }) => {
      const possible = this.#possible.get(name)!;
      const first = possible.indexOf(true);
      if (first < 0) throw new Error(`nobody could ${name}, neither before nor after`);
      // What is new was not possible before either: that is no gap.
      const missing = possible.flatMap((now, n) => (!now && n > first ? [n] : []));
      const seconds = missing.reduce((sum, n) => sum + (this.#times[n + 1] ?? Infinity) - this.#times[n]!, 0);
      return {
        ...{ action: name, goal, inAlpha: first === 0, since: first === 0 ? null : this.steps[first - 1]!.transaction },
        ...{ transactions: missing.length, seconds: Number.isFinite(seconds) ? seconds : null },
      };
    });
  }

  /** Whether one of the ways to do it is open. */
  async #isPossible({ ways }: Action): Promise<boolean> {
    for (const way of ways) if (await this.#succeeds(await way())) return true;
    return false;
  }

  /** Tries calls that follow each other, and leaves nothing of them. */
  async #succeeds(calls: readonly Call[]): Promise<boolean> {
    const last = calls.at(-1)!;
    if (calls.length === 1) return this.#answers("eth_call", [last, "latest"]);
    const snapshot = await this.#request("evm_snapshot", []);
    let success = true;
    for (const call of calls) success &&= await this.#answers("eth_sendTransaction", [call]);
    await this.#request("evm_revert", [snapshot]);
    return success;
  }

  async #answers(method: string, params: readonly unknown[]): Promise<boolean> {
    try {
      await this.#request(method, params);
      return true;
    } catch (error) {
      // A mistake here is no refusal there.
      if (!/revert/i.test(String((error as Error).message))) throw error;
      return false;
    }
  }
}
