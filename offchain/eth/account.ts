import { isCallException, isError, toQuantity } from "ethers";
import { z } from "zod";
import { keccakHex } from "../pm/crypto.ts";
import type {
  AccountPort,
  Envelope,
  GasPriceReader,
  Head,
  Inclusion,
  RedemptionCall,
  SignedTransaction,
} from "../pm/interface.ts";
import type { RedemptionChain } from "./chain.ts";
import { doneBy, encodeCall, isRevert } from "./redemption-call.ts";

const quantity = z.string().regex(/^0x[0-9a-f]+$/);
const feeHistorySchema = z.object({ baseFeePerGas: z.array(quantity) });

/** The network has it already: in its pool, or in a block. */
const KNOWN = /already known|already imported|known transaction|already exists/i;

/** The recipient's account: transactions to the TicketBroker, signed here. */
export class AccountAdapter implements AccountPort, GasPriceReader {
  readonly #chain: RedemptionChain;

  constructor(modules: { chain: RedemptionChain }) {
    this.#chain = modules.chain;
  }

  async head(): Promise<Head> {
    const { number, hash, time } = await this.#chain.heads.now();
    return { number, hash, time: time * 1_000 };
  }

  async nonces(): Promise<{ latest: number; pending: number }> {
    const { provider, wallet } = this.#chain;
    const [latest, pending] = await Promise.all([
      provider.getTransactionCount(wallet.address, "latest"),
      provider.getTransactionCount(wallet.address, "pending"),
    ]);
    return { latest, pending };
  }

  async estimateGas(call: RedemptionCall): Promise<bigint | null> {
    const { provider, wallet } = this.#chain;
    try {
      return await provider.estimateGas({ from: wallet.address, ...this.#target(call) });
    } catch (error) {
      if (isRevert(error)) return null;
      throw error;
    }
  }

  async sign(call: RedemptionCall | null, { nonce, gas, fees }: Envelope): Promise<SignedTransaction> {
    const { wallet, chainId } = this.#chain;
    const raw = await wallet.signTransaction({
      type: 2,
      chainId,
      nonce,
      gasLimit: gas,
      maxFeePerGas: fees.maxFee,
      maxPriorityFeePerGas: fees.priorityFee,
      ...(call === null ? { to: wallet.address } : this.#target(call)),
    });
    return { raw, hash: keccakHex(Buffer.from(raw.slice(2), "hex")) };
  }

  async broadcast(raw: string): Promise<string | null> {
    try {
      // Sent as it is: ethers would recover the sender from the signature first, in JavaScript.
      await this.#chain.provider.send("eth_sendRawTransaction", [raw]);
      return null;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      return KNOWN.test(refusal) ? null : refusal;
    }
  }

  async inclusion(hash: string): Promise<Inclusion | null> {
    const { provider, broker, deployment } = this.#chain;
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt === null) return null;
    const at = { address: deployment.contracts.TicketBroker.proxy, interface: broker.interface };
    return { block: receipt.blockNumber, blockHash: receipt.blockHash, done: doneBy(receipt.logs, at) };
  }

  async baseFees(last: number, count: number): Promise<bigint[]> {
    const asked = Math.min(count, last + 1);
    const answer: unknown = await this.#chain.provider.send("eth_feeHistory", [
      toQuantity(asked),
      toQuantity(last),
      [],
    ]);
    // One more than asked for: the next block's.
    return feeHistorySchema.parse(answer).baseFeePerGas.slice(0, -1).map(BigInt);
  }

  async priorityFee(): Promise<bigint> {
    return BigInt(quantity.parse(await this.#chain.provider.send("eth_maxPriorityFeePerGas", [])));
  }

  #target(call: RedemptionCall): { to: string; data: string } {
    const { broker, deployment } = this.#chain;
    return { to: deployment.contracts.TicketBroker.proxy, data: encodeCall(call, broker.interface) };
  }
}

/** What the node answered when it is a definite no; null when nobody knows whether it has the transaction. */
function refusalOf(error: unknown): string | null {
  if (
    isError(error, "INSUFFICIENT_FUNDS") ||
    isError(error, "NONCE_EXPIRED") ||
    isError(error, "REPLACEMENT_UNDERPRICED") ||
    isCallException(error)
  ) {
    return rpcMessage(error.info?.["error"]) ?? error.shortMessage;
  }
  // A JSON-RPC error that ethers has no name for.
  return isError(error, "UNKNOWN_ERROR") ? rpcMessage((error as { error?: unknown }).error) : null;
}

function rpcMessage(error: unknown): string | null {
  const parsed = z.object({ message: z.string() }).safeParse(error);
  return parsed.success ? parsed.data.message : null;
}
