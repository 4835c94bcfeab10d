import type { Provider } from "ethers";
import { connect } from "../contracts.ts";
import type { Deployment } from "../contracts.ts";
import { pages } from "../pages.ts";
import type { Asked } from "./ballot.ts";
import { STATES } from "./states.ts";
import type { State } from "./states.ts";

/** A proposal as the chain has it. */
export interface Proposal {
  readonly id: string;
  /** In which it was made. */
  readonly block: number;
  readonly proposer: string;
  readonly description: string;
  readonly calls: readonly { readonly target: string; readonly data: string }[];
  readonly state: State;
  /** {round} After it votes begin; what was at stake when it began counts. */
  readonly snapshot: bigint;
  /** {round} The last one of the vote. */
  readonly deadline: bigint;
  /** {s, Unix} From when on it can be executed; 0 = it is not queued. */
  readonly eta: bigint;
  /** {wei LPT} */
  readonly votes: { readonly against: bigint; readonly for: bigint; readonly abstain: bigint };
  /** {wei LPT} What for and abstain need together; null until the snapshot is over. */
  readonly quorum: bigint | null;
}

/** All proposals or all polls, the newest first. */
export async function listProposals(
  provider: Provider,
  deployment: Deployment,
  where: Asked = "ProtocolGovernor",
): Promise<Proposal[]> {
  const address = deployment.contracts[where].proxy;
  // Polls answers the same questions.
  const governor = connect("ProtocolGovernor", address, provider);
  const topics = [governor.interface.getEvent("ProposalCreated").topicHash];
  const logs = await pages(provider, { from: deployment.block }, (fromBlock, toBlock) =>
    provider.getLogs({ address, topics, fromBlock, toBlock }),
  );
  const proposals: Proposal[] = [];
  for (const log of logs.reverse()) {
    const { args } = governor.interface.parseLog(log)!;
    const { proposalId, proposer, description, targets, calldatas, voteStart, voteEnd } = args as unknown as {
      proposalId: bigint;
      proposer: string;
      description: string;
      targets: string[];
      calldatas: string[];
      voteStart: bigint;
      voteEnd: bigint;
    };
    const [against, inFavour, abstain] = await governor.proposalVotes(proposalId);
    const state = STATES[Number(await governor.state(proposalId))]!;
    proposals.push({
      id: proposalId.toString(),
      block: log.blockNumber,
      proposer,
      description,
      calls: targets.map((target, i) => ({ target, data: calldatas[i]! })),
      state,
      snapshot: voteStart,
      deadline: voteEnd,
      eta: await governor.proposalEta(proposalId),
      votes: { against, for: inFavour, abstain },
      quorum: state === "Pending" ? null : await governor.quorum(voteStart),
    });
  }
  return proposals;
}
