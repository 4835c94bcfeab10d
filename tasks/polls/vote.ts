import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { castBallot } from "../../deploy/governance/ballot.ts";
import { supportOf } from "../common/arguments.ts";
import { openAccount } from "../common/context.ts";
import type { WriteArguments } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { moment, print, printJson } from "../common/output.ts";
import { findPoll } from "./find.ts";

interface Arguments extends WriteArguments {
  readonly poll: string;
  readonly support: string;
  readonly reason: string;
}

export default async function vote(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const support = supportOf(args.support);
  const { contracts, signer, address } = await openAccount(args, hre);
  const { id, state, snapshot } = await findPoll(hre, contracts, args.poll);
  if (state !== "Active") {
    const begins = moment(await contracts.rounds.roundStart(snapshot + 1n));
    throw new TaskError(
      state === "Pending" ? `the vote begins in round ${snapshot + 1n} (${begins})` : "the vote is over",
    );
  }
  const { deployment } = contracts;
  const done = await castBallot({ signer, deployment, where: "Polls", proposal: id, support, reason: args.reason });
  if (args.json) printJson({ poll: id, voter: address, done });
  else print(`${address} ${done === "overrode" ? "voted with its own stake" : done} on ${id.slice(0, 8)}…`);
}
