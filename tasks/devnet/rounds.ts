import { setTimeout as delay } from "node:timers/promises";
import type { Result } from "ethers";
import { announcedClaim } from "../../offchain/eth/challenge-call.ts";
import { type Claim, STAGES } from "../../offchain/verification/agents/interface.ts";
import { firstListOf } from "../../offchain/verification/agents/turn.ts";
import { ARITY, type List } from "../../offchain/verification/game/interface.ts";
import { listAfter } from "../../offchain/verification/game/player.ts";
import type { ClaimMadeEvent } from "../../types/contracts/interfaces/IDisputeGame.js";
import type { Devnet } from "./network.ts";

/** {ms} Between looks at the chain. */
export const LOOK_MS = 100;
const SHOWN_DIGITS = 14;

/** A local chain with the contracts. */
export type LocalNetwork = Pick<Devnet, "provider" | "deployment" | "contract">;

/** What a dispute came to. */
export interface Ended {
  readonly id: string;
  readonly claim: Claim;
  /** {1} Lists, from the challenger's first one on. */
  readonly lists: number;
  readonly winner: "challenger" | "defender";
  /** Whether a clock that ran out has ended it, and no step that the contract has executed. */
  readonly isTimedOut: boolean;
  /** {gas} All transactions of the dispute until then, and how many. */
  readonly gas: bigint;
  readonly transactions: number;
}

/**
 * Tells each round of the next dispute until its one game is over. Who lies has nothing to show when the last list is the other side's: its
 * clock is made to run out then.
 * @throws the signal's reason
 */
export async function tellGame(
  network: LocalNetwork,
  liar: "challenger" | "defender",
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Ended> {
  const disputes = network.contract("DisputeGame");
  const at = network.deployment.contracts.DisputeGame.proxy;
  let from = (await network.provider.getBlockNumber()) + 1;
  let claim: Claim | null = null;
  let id = "";
  let list: List | null = null;
  let lists = 0;
  let isTimedOut = false;
  const spent = new Map<string, bigint>();
  for (;;) {
    signal.throwIfAborted();
    const head = await network.provider.getBlockNumber();
    const logs = head < from ? [] : await network.provider.getLogs({ address: at, fromBlock: from, toBlock: head });
    from = head + 1;
    for (const log of logs) {
      const { name = "", args = [] as unknown as Result } = disputes.interface.parseLog(log) ?? {};
      if (["ClaimMade", "Moved", "GameEnded"].includes(name))
        spent.set(log.transactionHash, (await network.provider.getTransactionReceipt(log.transactionHash))!.gasUsed);
      if (name === "ClaimMade") {
        const announced = announcedClaim(
          args as unknown as ClaimMadeEvent.OutputObject,
          log.blockNumber,
          disputes.interface,
        );
        ({ id, claim } = announced);
        list = firstListOf(announced);
        lists = 1;
        say(`  challenge ${id.slice(0, SHOWN_DIGITS)}…: "the run ends in a fault", with ${ARITY} states of it`);
        say(`  1. challenger  ${rangeOf(list)}`);
      }
      if (name === "Moved" && list !== null) {
        const pick = Number(args["pick"]);
        list = listAfter(list, pick, [...(args["hashes"] as Result)] as string[]);
        lists += 1;
        const who = lists % 2 === 0 ? "defender" : "challenger";
        say(`  ${lists}. ${who.padEnd(10)}  ${rangeOf(list)}: part ${pick} of the list before is wrong`);
        if (list.level === 1 && who !== liar) {
          say(`     the ${liar} has no step to show that would make it right, and its clock runs out`);
          await passTime(network, Number(claim!.clock) + 1);
          isTimedOut = true;
        }
      }
      if (name === "GameEnded" && claim !== null) {
        const stage = STAGES[Number(args["stage"])];
        const winner = stage === "won" ? "defender" : "challenger";
        const how = isTimedOut ? "timeout     " : "proof       one step is executed by the contract: ";
        say(`  ${lists + 1}. ${how}the ${winner} is right`);
        const gas = [...spent.values()].reduce((sum, each) => sum + each, 0n);
        return { id, claim, lists, winner, isTimedOut, gas, transactions: spent.size };
      }
    }
    // Not for an event of the provider's: ethers can lose one that is listened to once while others stop listening.
    await delay(LOOK_MS, undefined, { signal });
  }
}

/** Moves the chain's clock. @param seconds {s} */
export async function passTime({ provider }: Pick<LocalNetwork, "provider">, seconds: number): Promise<void> {
  await provider.send("evm_increaseTime", [seconds]);
  await provider.send("evm_mine", []);
}

function rangeOf({ from, level }: List): string {
  const to = from + BigInt(ARITY) ** BigInt(level);
  return `steps ${from.toLocaleString("en")} to ${to.toLocaleString("en")}`;
}
