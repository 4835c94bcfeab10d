import { expect } from "chai";
import { Refusal } from "../../../sim/model/refusal.ts";
import { Rounds } from "../../../sim/model/rounds.ts";
import { Staking } from "../../../sim/model/staking/staking.ts";
import { DAY, ONE, PARAMETERS, SUPPLY } from "../../properties/staking/twins.ts";

export const LPT = ONE;
export const FRACTION = ONE / 20n;
/** {s} Until the end of which the faults of the round before can be challenged. */
export const WINDOW = PARAMETERS.challengeWindow;

/** Orchestrator O with 10,000 LPT, a reward cut of 10 % and a fee share of a half, active since the round that has just begun. */
export class Scene {
  readonly rounds = new Rounds({ startTime: 1_000n * DAY, startRound: 10n, length: DAY });
  readonly staking = new Staking(this.rounds, SUPPLY, (4n * ONE) / 10_000n, PARAMETERS);

  constructor(...others: string[]) {
    for (const orchestrator of ["O", ...others]) {
      this.staking.register(orchestrator, { rewardCut: ONE / 10n, feeShare: ONE / 2n }, 10_000n * LPT);
    }
    this.nextRound();
  }

  get round(): bigint {
    return this.rounds.current;
  }

  /** To the beginning of the next round, or some seconds after it. */
  nextRound(seconds = 0n): void {
    this.passRounds(1n, seconds);
  }

  passRounds(count: bigint, seconds = 0n): void {
    this.rounds.now = this.rounds.startOf(this.round + count) + seconds;
    this.touch();
  }

  touch(): void {
    for (const orchestrator of this.staking.pools.keys()) this.staking.reward(orchestrator);
  }

  /** Everything that one account could get out {wei LPT}. */
  wealth(who: string): bigint {
    const { staking } = this;
    let sum = staking.stakeOf(who) + staking.waitingOf(who);
    for (const id of staking.account(who).locks.keys()) sum += staking.lockValue(who, id);
    return sum + (staking.pools.has(who) ? staking.commissionOf(who) : 0n);
  }

  /** A fault of `fault` is proven; the dispute is opened now, and over at once. */
  punish(orchestrator: string, fault: bigint): { loss: bigint; bounty: bigint } {
    this.staking.openDispute(orchestrator, fault);
    const slashed = this.staking.slash(orchestrator, fault, FRACTION);
    this.staking.closeDispute(orchestrator, fault);
    return slashed;
  }
}

export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.name;
    throw error;
  }
  return "none";
}

/** Up to the wei that each of a few steps rounds down. */
export function expectNear(have: bigint, want: bigint, wei = 20n): void {
  const difference = have > want ? have - want : want - have;
  expect(difference <= wei, `${have} instead of ${want}`).to.equal(true);
}

/** {wei LPT} What a slash leaves. */
export function afterSlash(amount: bigint): bigint {
  return amount - (amount * FRACTION) / ONE;
}
