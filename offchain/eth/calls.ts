import { concat, toBeHex } from "ethers";
import { keccakHex } from "../pm/crypto.ts";
import { AccountAdapter } from "./account.ts";
import type { Chain } from "./chain.ts";
import type { SentCall, SentCallRows } from "./interface.ts";
import { isRevert } from "./redemption-call.ts";

export interface Call {
  readonly to: string;
  readonly data: string;
  /** {wei} */
  readonly value: bigint;
}

/** What a contract said to a call that was not sent. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";
  /** Data of the revert. */
  readonly data: string;

  constructor(message: string, data: string) {
    super(message);
    this.data = data;
  }
}

interface Fees {
  readonly maxFee: bigint;
  readonly priorityFee: bigint;
}

/**
 * Sends calls, each of which makes sense once. Which ones are under way is in the store before they are sent, so that a process that was killed does
 * not pay for them twice: a call that is sent again is looked after as long as its nonce is free. When that is used, the contract is asked
 * anew, and refuses what has been done.
 */
export class Calls {
  readonly #replaceAfter: number;
  readonly #chain: Chain;
  readonly #account: AccountAdapter;
  readonly #rows: SentCallRows;
  /** One at a time: each takes a nonce. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param options.replaceAfter {1} blocks after which a transaction that is in none may pay more */
  constructor(options: { replaceAfter: number }, modules: { chain: Chain; rows: SentCallRows }) {
    this.#replaceAfter = options.replaceAfter;
    this.#chain = modules.chain;
    this.#account = new AccountAdapter({ chain: modules.chain });
    this.#rows = modules.rows;
  }

  /** Returns when the network has it, which does not mean that it is in a block. Errors: `CallRefused`; others are the network's. */
  send(call: Call): Promise<void> {
    const turn = this.#last.then(() => this.#send(call));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #send(call: Call): Promise<void> {
    const name = keccakHex(Buffer.from(concat([call.to, toBeHex(call.value, 32), call.data]).slice(2), "hex"));
    const nonces = await this.#account.nonces();
    // Included or overtaken, whatever they did can be read from the chain.
    this.#rows.dropBelow(nonces.latest);
    const underWay = this.#rows.list();
    const known = underWay.find((sent) => sent.call === name);
    if (known !== undefined) return this.#lookAfter(known, call);

    const gas = await this.#estimate(call);
    const taken = new Set(underWay.map(({ nonce }) => nonce));
    let nonce = nonces.latest;
    while (nonce < nonces.pending || taken.has(nonce)) nonce += 1;
    const refusal = await this.#broadcast({ call: name, nonce, ...(await this.#fees()) }, call, gas);
    if (refusal === null) return;
    this.#rows.drop(name);
    throw new Error(`the network did not take the transaction: ${refusal}`);
  }

  /** The pool may have lost it, or it may have become too cheap. */
  async #lookAfter(known: SentCall, call: Call): Promise<void> {
    const [{ number }, current] = await Promise.all([this.#account.head(), this.#fees()]);
    const isTooCheap = known.maxFee < current.maxFee || known.priorityFee < current.priorityFee;
    if (number - known.sentAt < this.#replaceAfter || !isTooCheap) {
      await this.#account.broadcast(known.raw);
      return;
    }
    const fees = {
      maxFee: greater(raised(known.maxFee), current.maxFee),
      priorityFee: greater(raised(known.priorityFee), current.priorityFee),
    };
    await this.#broadcast({ call: known.call, nonce: known.nonce, ...fees }, call, await this.#estimate(call));
  }

  async #estimate(call: Call): Promise<bigint> {
    const { provider, wallet } = this.#chain;
    try {
      // What a call takes grows a little with each second of a clock and with each storage slot that somebody else has changed meanwhile.
      return ((await provider.estimateGas({ from: wallet.address, ...call })) * 6n) / 5n;
    } catch (error) {
      if (isRevert(error)) throw new CallRefused(error.shortMessage, error.data);
      throw error;
    }
  }

  /** Null, or why the network did not take it. */
  async #broadcast(
    { call: name, nonce, maxFee, priorityFee }: Pick<SentCall, "call" | "nonce"> & Fees,
    call: Call,
    gas: bigint,
  ): Promise<string | null> {
    const { wallet, chainId } = this.#chain;
    const raw = await wallet.signTransaction({
      type: 2,
      chainId,
      nonce,
      gasLimit: gas,
      maxFeePerGas: maxFee,
      maxPriorityFeePerGas: priorityFee,
      ...call,
    });
    const { number } = await this.#account.head();
    this.#rows.put({ call: name, nonce, raw, maxFee, priorityFee, sentAt: number });
    return this.#account.broadcast(raw);
  }

  async #fees(): Promise<Fees> {
    const { maxFeePerGas, maxPriorityFeePerGas } = await this.#chain.provider.getFeeData();
    if (maxFeePerGas === null || maxPriorityFeePerGas === null) throw new Error("the chain has no base fee");
    return { maxFee: maxFeePerGas, priorityFee: maxPriorityFeePerGas };
  }
}

/** A fee with which pools take a replacement: more than 12.5 % above the last. */
function raised(fee: bigint): bigint {
  return (fee * 9n) / 8n + 1n;
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
