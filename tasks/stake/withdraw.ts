import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { lockIdsOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { lpt, mined, print, printJson, sentLine, sentOf } from "../common/output.ts";
import { openActor } from "./account.ts";
import { readLocks, requireLocks } from "./locks.ts";

interface Arguments extends WriteArguments {
  readonly locks: string[];
}

type Withdrawn = Sent & { lock: bigint; amount: bigint };

/** `npx hardhat stake withdraw`: a transaction for each lock. */
export default async function withdraw(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Withdrawn[]> {
  const ids = lockIdsOf(args.locks);
  const { contracts, address, bonding } = await openActor(args, hre);
  const named = ids.length > 0;
  const locks = await (named ? requireLocks(contracts, address, ids) : readLocks(contracts, address));
  const round = await contracts.rounds.currentRound();
  const free = locks.filter(({ withdrawRound }) => withdrawRound <= round);
  if (free.length === 0 || (named && free.length < locks.length)) {
    const waits = locks.filter((lock) => !free.includes(lock));
    const list = waits.map(({ id, withdrawRound }) => `lock ${id} from round ${withdrawRound} on`).join(", ");
    throw new TaskError(
      waits.length === 0
        ? `nothing to withdraw: no stake of ${address} is on its way out`
        : `nothing to withdraw yet in round ${round}: ${list}`,
    );
  }

  const results: Withdrawn[] = [];
  for (const { id } of free) {
    const amount = await bonding.withdrawStake.staticCall(id);
    const receipt = await mined(bonding.withdrawStake(id));
    if (!args.json) print(sentLine(receipt, `lock ${id}: ${lpt(amount)} are withdrawn`));
    results.push(sentOf(receipt, { lock: id, amount }));
  }
  if (args.json) printJson(results);
  return results;
}
