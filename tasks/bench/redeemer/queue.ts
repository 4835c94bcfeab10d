import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { redemptionSchema } from "../../../offchain/config/schema.ts";
import { openChain } from "../../../offchain/eth/chain.ts";
import { openRedemption } from "../../../offchain/node/redemption.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { startRedeemerScene } from "../../devnet/redeemer.ts";
import { FACE, win } from "../../devnet/win.ts";

export interface QueueResult {
  readonly winners: number;
  readonly senders: number;
  /** {1} Winners that were not paid exactly once. */
  readonly lost: number;
  readonly transactions: number;
  /** {gas} Of all transactions of the account, by the number of winners. */
  readonly gasPerTicket: number;
  /** {s} From the start of the redeemer until it has nothing left. */
  readonly seconds: number;
  readonly rpcCalls: number;
}

/** Fills a queue, has a redeemer with the default policy clear it, and counts by what the chain says. */
export async function clearQueue(
  network: HardhatRuntimeEnvironment["network"],
  options: { readonly winners: number; readonly senders: number; readonly signal: AbortSignal },
): Promise<QueueResult> {
  const { winners, senders, signal } = options;
  const deposit = FACE * BigInt(Math.ceil(winners / senders));
  const scene = await startRedeemerScene(network, { senders, deposit });
  const { setting } = scene;
  const chain = await openChain({ ...setting, timeoutMs: 60_000, pollMs: 100 }, setting.keyFile);
  const domain = { chainId: chain.chainId, broker: chain.deployment.contracts.TicketBroker.proxy };
  const store = openStore({ path: setting.store, identity: { address: chain.wallet.address, ...domain } });
  try {
    store.recipient.secret(() => new Uint8Array(32));
    const round = Number(await chain.rounds.currentRound());
    const signers = setting.senderKeys.map(createSigner);
    const keys: string[] = [];
    while (keys.length < winners) {
      keys.push(await win(store, { recipient: chain.wallet.address, signers, domain, round }));
    }

    let rpcCalls = 0;
    void chain.provider.on("debug", ({ action }: { action: string }) => {
      if (action === "sendRpcPayload") rpcCalls += 1;
    });
    const { redeemer } = openRedemption(
      { ...redemptionSchema.parse({}), pollMs: 100 },
      { chain, store: store.winners, onEvent: () => undefined },
    );
    const begun = performance.now();
    await redeemer.drain(signal);
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    await redeemer.close();

    const paid = await scene.paid();
    const transactions = await scene.spending();
    const gas = transactions.reduce((sum, each) => sum + each, 0n);
    return {
      winners,
      senders,
      lost: keys.filter((key) => paid.get(key) !== 1).length,
      transactions: transactions.length,
      gasPerTicket: Math.round(Number(gas) / winners),
      seconds,
      rpcCalls,
    };
  } finally {
    store.close();
    chain.close();
    await scene.close();
  }
}
