import { ZeroAddress } from "ethers";
import type { Signer } from "ethers";
import { connect } from "../contracts.ts";
import type { Deployment } from "../contracts.ts";
import { DeploymentError } from "../errors.ts";
import { openSender } from "../sender.ts";
import type { SenderOptions } from "../sender.ts";

/** As the Governor counts them. */
export const SUPPORT = { against: 0, for: 1, abstain: 2 } as const;
export type Support = keyof typeof SUPPORT;

/** What is voted on: a change, or a text. */
export type Asked = "ProtocolGovernor" | "Polls";

export interface BallotOptions extends SenderOptions {
  readonly signer: Signer;
  readonly deployment: Deployment;
  readonly where: Asked;
  readonly proposal: string;
  readonly support: Support;
  readonly reason: string;
}

/**
 * Votes with all that the signer has to say: an orchestrator with all stake behind it, a delegator with its own, which is taken off its orchestrator's vote. Nothing if it has voted.
 * The vote must be on.
 * @throws DeploymentError NoStake
 */
export async function castBallot(options: BallotOptions): Promise<"voted" | "overrode" | "had voted"> {
  const { signer, deployment, where, proposal, support, reason } = options;
  const { contracts } = deployment;
  const provider = signer.provider!;
  const governor = connect("ProtocolGovernor", contracts[where].proxy, provider);
  const bonding = connect("BondingManager", contracts.BondingManager.proxy, provider);
  const voter = await signer.getAddress();
  const snapshot = await governor.proposalSnapshot(proposal);
  const stoodBehind = await bonding.getPastDelegate(voter, snapshot);
  if (stoodBehind === ZeroAddress) {
    throw new DeploymentError(
      "NoStake",
      `${voter} had nothing at stake when round ${snapshot} began: what is bonded now votes on later proposals`,
    );
  }
  const overrides = stoodBehind !== voter;
  if (await (overrides ? governor.hasVotedOverride(proposal, voter) : governor.hasVoted(proposal, voter)))
    return "had voted";
  const args: [string, number, string] = [proposal, SUPPORT[support], reason];
  const data = overrides
    ? governor.interface.encodeFunctionData("castOverrideVote", args)
    : governor.interface.encodeFunctionData("castVoteWithReason", args);
  await (await openSender(options, provider)).send(`vote ${support}`, contracts[where].proxy, data);
  return overrides ? "overrode" : "voted";
}
