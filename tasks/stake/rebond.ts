import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf, lockIdsOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { lpt, mined, print, printJson, sentLine, sentOf } from "../common/output.ts";
import { requireRegistered } from "../orchestrators/read.ts";
import { openActor } from "./account.ts";
import { requireLocks, requireRebondable } from "./locks.ts";

interface Arguments extends WriteArguments {
  readonly orchestrator: string;
  readonly locks: string[];
}

type Rebonded = Sent & { lock: bigint; amount: bigint; orchestrator: string; fromRound: bigint };

/** `npx hardhat stake rebond`: a transaction for each lock. */
export default async function rebond(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Rebonded[]> {
  const ids = lockIdsOf(args.locks);
  const orchestrator = addressOf(args.orchestrator);
  const { contracts, address, bonding } = await openActor(args, hre);
  await requireRegistered(contracts, orchestrator);
  const locks = await requireLocks(contracts, address, ids);
  await requireRebondable(contracts, locks);
  const results: Rebonded[] = [];
  for (const { id, amount } of locks) {
    const receipt = await mined(bonding.rebond(id, orchestrator));
    const fromRound = (await contracts.rounds.currentRound()) + 1n;
    const text = `lock ${id}, ${lpt(amount)}, is bonded behind ${orchestrator}, active from round ${fromRound} on`;
    if (!args.json) print(sentLine(receipt, text));
    results.push(sentOf(receipt, { lock: id, amount, orchestrator, fromRound }));
  }
  if (args.json) printJson(results);
  return results;
}
