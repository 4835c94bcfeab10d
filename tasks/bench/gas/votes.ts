import { readInterface } from "../../../deploy/artifacts.ts";
import type { Gas } from "./measure.ts";
import { LPT } from "./scene.ts";
import type { Scene } from "./scene.ts";

/** {1} Delegators that come behind the orchestrator in question, for the second measurement. */
const CROWD = 1_000;
const FOR = 1;
const AGAINST = 0;

/** A proposal with one call, votes on it and overrides; with a few delegators behind the orchestrator and with a thousand more. */
export async function votes(scene: Scene): Promise<Gas> {
  const few = await scene.chain.aside(() => vote(scene));
  const many = await scene.chain.aside(async () => {
    await scene.addDelegators(CROWD, 10n * LPT);
    return vote(scene);
  });
  const crowded = Object.fromEntries(Object.entries(many).map(([name, gas]) => [`${name}.crowd`, gas]));
  return { ...few, ...crowded };
}

async function vote({ chain, cast }: Scene): Promise<Gas> {
  const next = async () => {
    chain.round++;
    await chain.mine([chain.call(cast.stranger, "BondingManager", "reward", cast.other)]);
  };
  // What has come is active in the one, which is over in the other.
  await next();
  await next();
  const target = chain.addresses.RoundsManager;
  const call = readInterface("RoundsManager").encodeFunctionData("setRoundLength", [90_000]);
  const proposing = chain.call(cast.node, "ProtocolGovernor", "propose", [target], [0], [call], "# Longer rounds");
  const propose = await chain.gasOf(proposing);
  const [id] = (await chain.read("ProtocolGovernor", "latestProposalOf", cast.node)) as unknown as [bigint];
  await next();
  await next();

  const casting = chain.call(cast.node, "ProtocolGovernor", "castVote", id, FOR);
  const overriding = chain.call(cast.delegator, "ProtocolGovernor", "castOverrideVote", id, AGAINST, "");
  const before = await chain.aside(() => chain.gasOf(overriding));
  const voting = await chain.gasOf(casting);
  const after = await chain.gasOf(overriding);
  return { "gov.propose": propose, "gov.vote": voting, "gov.override.before": before, "gov.override": after };
}
