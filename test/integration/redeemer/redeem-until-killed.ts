// A process that wins tickets, says so, and redeems them meanwhile; the crash test kills it. Argument: `Orders` as JSON.
// The test runner may load every file of this folder, so nothing happens unless the file is the program.
import { setTimeout as sleep } from "node:timers/promises";
import { AccountAdapter } from "../../../offchain/eth/account.ts";
import { openChain } from "../../../offchain/eth/chain.ts";
import { RedemptionAdapter } from "../../../offchain/eth/redemptions.ts";
import { systemClock, systemRandomness } from "../../../offchain/node/clock.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import { GasPrice } from "../../../offchain/pm/gas-price.ts";
import { TicketRedeemer } from "../../../offchain/pm/redeemer.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import type { RedeemerSetting } from "../../../tasks/devnet/redeemer.ts";
import { win } from "../../../tasks/devnet/win.ts";

export interface Orders {
  readonly setting: RedeemerSetting;
  /** Tickets to win, one every few milliseconds. */
  readonly wins: number;
  readonly confirmations: number;
}

async function main(): Promise<void> {
  const { setting, wins, confirmations } = JSON.parse(process.argv[2] ?? "") as Orders;
  const options = { rpcUrl: setting.rpcUrl, deployment: setting.deployment, timeoutMs: 10_000, pollMs: 100 };
  const chain = await openChain(options, setting.keyFile);
  const domain = { chainId: chain.chainId, broker: chain.deployment.contracts.TicketBroker.proxy };
  const store = openStore({ path: setting.store, identity: { address: chain.wallet.address, ...domain } });
  store.recipient.secret(() => new Uint8Array(32));
  const round = Number(await chain.rounds.currentRound());
  const account = new AccountAdapter({ chain });
  const redeemer = new TicketRedeemer(
    { pollInterval: 50, confirmations, maxInFlight: 4, replaceAfter: 3, policy: { gather: 0, batchSize: 5 } },
    {
      store: store.winners,
      broker: new RedemptionAdapter({ chain }),
      account,
      gasPrice: new GasPrice({ window: 64 }, account),
      clock: systemClock,
      randomness: systemRandomness,
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
    const key = await win(store, { recipient: chain.wallet.address, signers, domain, round });
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
