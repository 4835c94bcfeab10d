// A process that wins tickets, says so, and redeems them meanwhile; the crash test kills it. Argument: `Orders` as JSON.
// The test runner may load every file of this folder, so nothing happens unless the file is the program.
import { setTimeout as sleep } from "node:timers/promises";
import { redemptionSchema } from "../../../offchain/config/schema.ts";
import { openChain } from "../../../offchain/eth/chain.ts";
import { openRedemption } from "../../../offchain/node/redemption.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { FrontEnd } from "../../../offchain/pm/front-ends.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import type { RedeemerSetting } from "../../../tasks/devnet/redeemer.ts";
import { win } from "../../../tasks/devnet/win.ts";

export interface Orders {
  readonly setting: RedeemerSetting;
  /** Tickets to win, one every few milliseconds. */
  readonly wins: number;
  readonly confirmations: number;
  /** Of several that redeem from one account. */
  readonly frontEnd?: FrontEnd;
}

async function main(): Promise<void> {
  const { setting, wins, confirmations, frontEnd } = JSON.parse(process.argv[2] ?? "") as Orders;
  const connection = { rpcUrl: setting.rpcUrl, deployment: setting.deployment, timeoutMs: 10_000, pollMs: 100 };
  const chain = await openChain(connection, setting.keyFile);
  const domain = { chainId: chain.chainId, broker: chain.deployment.contracts.TicketBroker.proxy };
  const store = openStore({ path: setting.store, identity: { address: chain.wallet.address, ...domain } });
  store.recipient.secret(() => new Uint8Array(32));
  const round = Number(await chain.rounds.currentRound());
  const settings = redemptionSchema.parse({ confirmations, maximumInFlight: 4, replaceAfter: 3, batchSize: 5 });
  const { redeemer } = openRedemption(
    { ...settings, pollMs: 50 },
    {
      chain,
      store: store.winners,
      onEvent: ({ kind, detail }) => {
        if (kind === "sent" || kind === "included" || kind === "removed") process.stdout.write(`${kind}\n`);
        if (kind === "failed" || kind === "expired") process.stderr.write(`${kind}: ${detail}\n`);
      },
    },
  );
  process.stdout.write("ready\n");
  redeemer.start();
  const signers = setting.senderKeys.map(createSigner);
  for (let i = 0; i < wins; i += 1) {
    const key = await win(store, {
      recipient: chain.wallet.address,
      signers,
      domain,
      round,
      ...(frontEnd && { frontEnd }),
    });
    // Synchronous, so that no word of an acknowledgement is left in a buffer of this process.
    process.stdout.write(`${key}\n`);
    redeemer.notify();
    await sleep(5);
  }
  await redeemer.drain(AbortSignal.timeout(300_000));
  await redeemer.close();
  store.close();
  chain.close();
}

if (import.meta.main) await main();
