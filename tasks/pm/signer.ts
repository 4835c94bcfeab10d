import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf, countOf, etherOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { eth, mined, tell } from "../common/output.ts";
import { openPayer } from "./account.ts";

/** {round} */
const LONGEST = 10_000;

interface Arguments extends WriteArguments {
  readonly key: string;
  readonly cap: string;
  readonly rounds: string;
  readonly revoke: boolean;
}

/** `npx hardhat pm signer` */
export default async function signer(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { key: string; lastRound: bigint; cap: bigint; sinceRound: bigint }> {
  const key = addressOf(args.key);
  if (args.revoke === (args.cap !== "")) {
    throw new TaskError("say either --cap, what the key's winners of one round may take, or --revoke");
  }
  const { contracts, broker, address } = await openPayer(args, hre);
  const round = await contracts.rounds.currentRound();
  const before = await contracts.broker.signerOf(address, key);
  if (args.revoke && before.lastRound === 0n) throw new TaskError(`${key} was never allowed to sign for ${address}`);
  const lastRound = args.revoke ? round : round + BigInt(countOf(args.rounds, LONGEST)) - 1n;
  const receipt = await mined(broker.authorizeSigner(key, lastRound, args.revoke ? before.cap : etherOf(args.cap)));
  const { cap, sinceRound } = await contracts.broker.signerOf(address, key);
  return tell(receipt, {
    json: args.json,
    text: args.revoke
      ? `${key} signs no tickets of rounds after ${lastRound}; those of earlier rounds stay good`
      : `${key} signs tickets of ${address} up to round ${lastRound}; from round ${sinceRound} on its winners take at most ${eth(cap)} a round`,
    data: { key, lastRound, cap, sinceRound },
  });
}
