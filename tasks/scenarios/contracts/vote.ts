import { id } from "ethers";
import { SUPPORT } from "../../../deploy/governance/ballot.ts";
import { STATES } from "../../../deploy/governance/states.ts";
import { ADMIN_ROLE } from "../../../deploy/hand-over.ts";
import { accessManagerOf } from "../../../deploy/status/access.ts";
import type { Scenario } from "../interface.ts";
import { requireEqual, requireThat } from "../world.ts";
import type { World } from "../world.ts";
import { upgradeToItself } from "./administrator.ts";
import { enough, setStage } from "./stage.ts";

/** {wei ETH} What the proposal pays, or {wei LPT} allows. */
const AMOUNT = 1n;
const TEXT = "# A change\n\nThat the next one is possible.";

/** {wei LPT} More than all other stake. */
export async function majority(world: World): Promise<bigint> {
  const [, next] = await world.at("BondingManager").totalActiveStake();
  return next + (await world.at("ProtocolGovernor").proposalThreshold()) + (await enough(world));
}

export const vote: Scenario = {
  name: "the next change can be proposed, voted on and executed",
  async run(world, step) {
    const stage = await setStage(world, step, await majority(world));
    const { orchestrator, delegator } = stage;
    const [governor, bonding] = [world.at("ProtocolGovernor"), world.at("BondingManager")];
    const own = world.at("ProtocolGovernor", orchestrator);
    const stateIs = async (proposal: bigint, want: (typeof STATES)[number]) => {
      const state = STATES[Number(await governor.state(proposal))];
      requireThat(state === want, `the proposal is ${state}, not ${want}`);
    };

    const { calls, happened } = await harmless(world);
    const what = [calls.map(({ target }) => target), calls.map(() => 0n), calls.map(({ data }) => data)] as const;
    const args = [[...what[0]], [...what[1]], [...what[2]]] as [string[], bigint[], string[]];
    const proposal = await step("an orchestrator proposes a change", async () => {
      // Its stake counts once a round has begun with it.
      await world.passRounds(1n);
      await world.mined(own.propose(...args, TEXT));
      const latest = await governor.latestProposalOf(orchestrator);
      await stateIs(latest, "Pending");
      return latest;
    });
    const snapshot = await governor.proposalSnapshot(proposal);

    await step("it votes for it, and its delegator overrides", async () => {
      await world.toRound(snapshot + 1n);
      await world.mined(own.castVote(proposal, SUPPORT.for));
      await world.mined(world.at("ProtocolGovernor", delegator).castOverrideVote(proposal, SUPPORT.against, ""));
      const [against, inFavour] = await governor.proposalVotes(proposal);
      const overridden = await bonding.getPastBalanceOf(delegator, snapshot);
      requireEqual("the votes against {wei LPT}", against, overridden);
      requireEqual(
        "the votes for {wei LPT}",
        inFavour,
        (await bonding.getPastVotes(orchestrator, snapshot)) - overridden,
      );
      requireThat(overridden > 0n, "the delegator has no vote");
    });

    await step("the vote is over, the change is queued, and waits", async () => {
      await world.toRound((await governor.proposalDeadline(proposal)) + 1n);
      await stateIs(proposal, "Succeeded");
      await world.mined(own.queue(...args, id(TEXT)));
      await stateIs(proposal, "Queued");
    });

    await step("the change is executed", async () => {
      await world.toTime(await governor.proposalEta(proposal));
      await world.mined(own.execute(...args, id(TEXT)));
      await stateIs(proposal, "Executed");
      await happened();
    });
  },
};

interface Harmless {
  readonly calls: readonly { readonly target: string; readonly data: string }[];
  /** @throws if they have had no effect */
  readonly happened: () => Promise<void>;
}

/** A payment of a wei, and an upgrade of the Governor to what it is. Where it does not govern, what anybody may do. */
async function harmless(world: World): Promise<Harmless> {
  const payee = await world.account();
  const { contracts } = world.deployment;
  const [governs] = await accessManagerOf(world.provider, world.deployment).hasRole(
    ADMIN_ROLE,
    contracts.ProtocolGovernor.proxy,
  );
  if (!governs) {
    const token = world.at("LivepeerToken");
    const data = token.interface.encodeFunctionData("approve", [payee.address, AMOUNT]);
    return {
      calls: [{ target: contracts.LivepeerToken.proxy, data }],
      happened: async () =>
        requireEqual(
          "what it allows {wei LPT}",
          await token.allowance(contracts.ProtocolGovernor.proxy, payee),
          AMOUNT,
        ),
    };
  }
  const treasury = world.at("Treasury");
  await (await world.account()).sendTransaction({ to: treasury, value: AMOUNT });
  const before = await world.provider.getBalance(payee);
  const data = treasury.interface.encodeFunctionData("transferETH", [payee.address, AMOUNT]);
  return {
    calls: [{ target: contracts.Treasury.proxy, data }, await upgradeToItself(world, "ProtocolGovernor")],
    happened: async () =>
      requireEqual("what was paid {wei ETH}", (await world.provider.getBalance(payee)) - before, AMOUNT),
  };
}
