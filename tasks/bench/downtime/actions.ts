import { id, parseEther, Signature, toQuantity } from "ethers";
import type { Signer } from "ethers";
import { readInterface } from "../../../deploy/artifacts.ts";
import type { ArtifactName } from "../../../deploy/artifacts.ts";
import { ask } from "../../../deploy/alpha/network.ts";
import type { AlphaPlan } from "../../../deploy/alpha/plan.ts";
import { commitmentTo, payerWord, termsWord, TICKET_FIELDS } from "../../../sim/model/ticket.ts";

export interface Call {
  readonly from: string;
  readonly to: string;
  readonly data: string;
  readonly value: string;
  readonly gas: string;
}

export interface Action {
  readonly name: string;
  /** {1} After how many transactions of the upgrade it may be impossible; null: it ends with the alpha. */
  readonly goal: 0 | 1 | null;
  /** Ways to do it, in the alpha and in Streamflow: calls that follow each other. */
  readonly ways: readonly (() => Promise<readonly Call[]>)[];
}

const AMOUNT = parseEther("100");
const SELF_STAKE = parseEther("20000");
const FACE_VALUE = parseEther("1");
const GAS = toQuantity(10_000_000);

/** What users do, by those of {@link deployRehearsal}. */
export async function actionsOf(plan: AlphaPlan, actors: readonly [Signer, Signer, Signer, Signer]): Promise<Action[]> {
  const [first, second, delegator, broadcaster] = (await Promise.all(actors.map((each) => each.getAddress()))) as [
    string,
    string,
    string,
    string,
  ];
  const { alpha, proxies } = plan;
  const provider = actors[0].provider!;
  const round = (await ask<bigint>(provider, "AlphaRoundsManager", alpha.roundsManager, "currentRound")) - 1n;
  const stakeOf = async (): Promise<bigint> =>
    (await ask<{ waiting: bigint }>(provider, "BondingManager", alpha.bondingManager, "getDelegator", [delegator]))
      .waiting;

  const calling =
    (on: ArtifactName, to: string) =>
    (from: string, method: string, args: readonly unknown[] = [], value = 0n): Call => ({
      ...{ from, to, data: readInterface(on).encodeFunctionData(method, args) },
      ...{ value: toQuantity(value), gas: GAS },
    });
  const stake = calling("AlphaBondingManager", alpha.bondingManager);
  const jobs = calling("AlphaJobsManager", alpha.jobsManager);
  const bonding = calling("BondingManager", alpha.bondingManager);
  const imported = calling("AlphaBonding", alpha.bondingManager);
  const deposits = calling("AlphaDeposits", alpha.jobsManager);
  const broker = calling("TicketBroker", proxies.TicketBroker.address);
  const registry = calling("ServiceRegistry", proxies.ServiceRegistry.address);
  const token = calling("AlphaToken", alpha.token);
  const fund = broker(broadcaster, "fund", [broadcaster, 0n], FACE_VALUE);

  const redeem = async (): Promise<Call> => {
    const clock = "RoundsManager";
    const ticket = {
      ...{ recipient: first, sender: broadcaster, faceValue: FACE_VALUE, winProb: 10n ** 18n, salt: 1n },
      ...{ commitment: commitmentTo(1n), commitmentIndex: 0n },
      // There may be no round in the middle of an upgrade.
      creationRound: await ask<bigint>(provider, clock, alpha.roundsManager, "currentRound").catch(() => 0n),
    };
    const { chainId } = await provider.getNetwork();
    const domain = { name: "Streamflow TicketBroker", version: "1", chainId };
    const { r, yParityAndS } = Signature.from(
      await actors[3].signTypedData(
        { ...domain, verifyingContract: proxies.TicketBroker.address },
        TICKET_FIELDS,
        ticket,
      ),
    );
    return broker(first, "redeem", [payerWord(ticket), termsWord(ticket), 1n, r, yParityAndS]);
  };

  const action = (
    name: string,
    goal: Action["goal"],
    ...ways: readonly (readonly Call[] | (() => Promise<readonly Call[]>))[]
  ): Action => ({
    name,
    goal,
    ways: ways.map((way) => (typeof way === "function" ? way : () => Promise.resolve(way))),
  });
  return [
    action("withdraw stake", 0, [bonding(delegator, "withdrawStake", [0n])]),
    action("withdraw fees", 0, [stake(first, "withdrawFees")], [imported(first, "withdrawAlphaFees", [first])]),
    action("withdraw a deposit", 0, [jobs(delegator, "withdraw")], [deposits(delegator, "withdrawDeposit")]),
    action("have a claim paid", 0, [deposits(first, "distributeFees", [0n, 1n])]),
    action("redeem a ticket", 0, async () => [fund, await redeem()]),
    action("bond", 1, [bonding(delegator, "bond", [AMOUNT, first])]),
    action("unbond", 1, [bonding(delegator, "unbond", [AMOUNT])]),
    action("rebond", 1, [stake(delegator, "rebond", [1n])], [bonding(delegator, "rebond", [1n, first])]),
    action("stand behind another one", 1, [stake(delegator, "bond", [0n, second])], async () => {
      const amount = await stakeOf().catch(() => AMOUNT);
      return [bonding(delegator, "unbond", [amount]), bonding(delegator, "bond", [amount, second])];
    }),
    action(
      "claim earnings",
      1,
      [stake(delegator, "claimEarnings", [round])],
      [imported(delegator, "importPosition", [delegator])],
    ),
    action("reward", 1, [stake(second, "reward")], [bonding(second, "reward", [second])]),
    action(
      "change terms",
      1,
      [stake(second, "transcoder", [200_000n, 500_000n])],
      [bonding(second, "setCommission", [10n ** 17n, 10n ** 17n])],
    ),
    action("resign", 1, [stake(second, "resignTranscoder")], [bonding(second, "resign")]),
    action(
      "become a transcoder",
      1,
      [stake(broadcaster, "bond", [SELF_STAKE, broadcaster]), stake(broadcaster, "transcoder", [0n, 0n])],
      [bonding(broadcaster, "register", [0n, 0n, SELF_STAKE])],
    ),
    action("fund a deposit", 1, [jobs(broadcaster, "deposit", [], FACE_VALUE)], [fund]),
    action("unlock a deposit", 1, [fund, broker(broadcaster, "unlock")]),
    action("move a deposit", 1, [deposits(broadcaster, "moveDeposit", [0n])]),
    action("announce an address", 1, [registry(first, "setServiceURI", ["https://transcoder.example"])]),
    action("transfer LPT", 0, [token(delegator, "transfer", [first, AMOUNT])]),
    action("give a job", null, [jobs(broadcaster, "job", [id("stream"), first, 1n, 2n ** 64n])]),
    action("claim work", null, [jobs(first, "claimWork", [0n, 1n])]),
  ];
}
