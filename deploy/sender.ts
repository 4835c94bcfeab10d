import { setTimeout as sleep } from "node:timers/promises";
import type { Provider, Signer, TransactionReceipt } from "ethers";
import { DeploymentError } from "./errors.ts";

export interface SenderOptions {
  /** Pays for everything. */
  signer: Signer;
  log?: (message: string) => void;
  /** Called for each transaction once it has succeeded; the next one waits for it. */
  onTransaction?: (step: string, hash: string) => void | Promise<void>;
  /** {ms} How long to wait for one transaction. */
  timeout?: number;
}

const DEFAULT_TIMEOUT = 120_000;

/** Sends one transaction at a time and waits for it. */
export interface Sender {
  readonly address: string;
  readonly provider: Provider;
  /** Of the next transaction. */
  readonly nonce: number;
  /** `value` {wei}. */
  send(step: string, to: string | null, data: string, value?: bigint): Promise<void>;
}

/** @throws DeploymentError TransactionFailed */
export async function openSender(options: SenderOptions, provider: Provider): Promise<Sender> {
  const { signer, log, onTransaction, timeout = DEFAULT_TIMEOUT } = options;
  const address = await signer.getAddress();
  let nonce = await settledNonce(provider, address, timeout);

  return {
    address,
    provider,
    get nonce() {
      return nonce;
    },
    async send(step, to, data, value = 0n) {
      const transaction = await signer.sendTransaction({ to, data, nonce, value });
      nonce += 1;
      const receipt = await receiptOf(provider, transaction.hash, timeout);
      if (receipt.status !== 1) {
        throw new DeploymentError("TransactionFailed", `${step}: transaction ${transaction.hash} was reverted`);
      }
      log?.(step);
      await onTransaction?.(step, transaction.hash);
    },
  };
}

/** The account's nonce, once nothing that a killed run has sent is still on its way. */
async function settledNonce(provider: Provider, address: string, timeout: number): Promise<number> {
  return poll(timeout, `the transactions of ${address} that are on their way`, async () => {
    const pending = await provider.getTransactionCount(address, "pending");
    return pending === (await provider.getTransactionCount(address, "latest")) ? pending : null;
  });
}

/** Asks itself instead of `wait()`, which looks every four seconds. */
async function receiptOf(provider: Provider, hash: string, timeout: number): Promise<TransactionReceipt> {
  return poll(timeout, `transaction ${hash}`, () => provider.getTransactionReceipt(hash));
}

async function poll<T>(timeout: number, what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + timeout;
  for (let delay = 20; ; delay = Math.min(delay * 2, 2_000)) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline)
      throw new DeploymentError("TransactionFailed", `${what}: nothing after ${timeout} ms`);
    await sleep(delay);
  }
}
