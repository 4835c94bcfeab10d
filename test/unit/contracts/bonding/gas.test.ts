import { expect } from "chai";
import { Wallet, keccak256, toBeHex } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { bondAs, fundDeposit, impersonate, passRounds, redeemAs, registerAs } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import { loadStage, LPT, passWindow } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** How far two costs of the same action may be apart: the series behind growth have a term more or less. */
const TOLERANCE = 0.02;
/** {wei LPT} Behind all orchestrators but the stage's two, whatever their number: the growth is the same then. */
const REST = 600_000n * LPT;

type Costs = Record<string, number>;

describe("BondingManager's gas", () => {
  let p: Stage;
  let costs: Costs;

  const note = async (name: string, sending: Promise<ContractTransactionResponse>) => {
    costs[name] = Number((await (await sending).wait())!.gasUsed);
  };

  /** An account of its own for each number. */
  const accountOf = (index: number) => impersonate(p, new Wallet(keccak256(toBeHex(index + 1, 32))).address);

  /** Registers `count` orchestrators beside the stage's own two, with `REST` behind them in sum, and lets `history` rounds with bonds of others pass. */
  async function load(count: number, history: number): Promise<void> {
    p = await loadStage();
    costs = {};
    await fundDeposit(p, 1_000n * LPT);
    if (count === 0) await bondAs(p, p.others[3]!, REST, p.rival);
    for (let i = 0; i < count; i++) {
      await registerAs(p, await accountOf(i), { selfStake: REST / BigInt(count) });
    }
    const busy = p.others[1]!;
    for (let round = 0; round < history; round++) {
      await bondAs(p, busy, LPT, p.orchestrator);
      await passRounds(p, 1n);
    }
    await redeemAs(p, { faceValue: LPT });
    // Several rounds in which somebody acts, so that no action pays for idle ones or for others' youth.
    for (let round = 0; round < 3; round++) {
      await passRounds(p, 1n);
      await bondAs(p, busy, LPT, p.orchestrator);
      await p.bonding.reward(p.rival);
    }
  }

  /** What each action costs, in a round that another has begun, with the pools of the last one. */
  async function measure(): Promise<Costs> {
    const { bonding, delegator, orchestrator, rival, module, stranger, token } = p;
    const begin = async (rounds = 1n) => {
      await passRounds(p, rounds);
      await passWindow(p);
      await bonding.reward(rival);
    };
    const fund = async (who: HardhatEthersSigner) => {
      await token.transfer(who, 10n * LPT);
      await token.connect(who).approve(bonding, 20n * LPT);
    };
    for (const who of [delegator, stranger]) await fund(who);
    await begin();
    await note("reward", bonding.reward(orchestrator));
    await note("bond", bonding.connect(delegator).bond(LPT, orchestrator));
    await note("first bond", bonding.connect(stranger).bond(LPT, orchestrator));
    await note("unbond what waits", bonding.connect(stranger).unbond(LPT / 2n));
    await note("setCommission", bonding.connect(orchestrator).setCommission(0, 0));
    await begin();
    await note("unbond", bonding.connect(delegator).unbond(2n * LPT));
    await note("unbondCommission", bonding.connect(orchestrator).unbondCommission(LPT / 100n));
    await begin(2n);
    await note("rebond", bonding.connect(delegator).rebond(0, orchestrator));
    await note("pullFees", bonding.pullFees(orchestrator, 10));
    await note("withdrawFees of a delegator", bonding.connect(delegator).withdrawFees(delegator, 2n ** 32n));
    await note("withdrawFees of nothing", bonding.connect(rival).withdrawFees(rival, 2n ** 32n));
    await note("withdrawFees of an orchestrator", bonding.connect(orchestrator).withdrawFees(orchestrator, 2n ** 32n));
    const fault = await p.rounds.currentRound();
    await note("openDispute", module.openDispute(CPU, orchestrator, fault));
    await note("slash", module.slash(CPU, orchestrator, fault, 10n ** 16n, stranger));
    await note("closeDispute", module.closeDispute(CPU, orchestrator, fault));
    await begin(12n);
    await note("withdrawStake", bonding.connect(orchestrator).withdrawStake(0));
    await note("unjail", bonding.connect(orchestrator).unjail());
    await note("register", bonding.connect(p.others[2]).register(0, 0, 0));
    return costs;
  }

  function compare(few: Costs, many: Costs): void {
    expect(Object.keys(few).length).to.be.greaterThan(12);
    for (const [name, gas] of Object.entries(few)) {
      expect(many[name], name).to.be.within(gas * (1 - TOLERANCE), gas * (1 + TOLERANCE));
    }
  }

  it("S1: an action costs the same, within 2 %, with 2 and with 60 orchestrators", async function () {
    await load(0, 2);
    expect(await p.bonding.orchestratorCount()).to.equal(2);
    const few = await measure();
    await load(58, 2);
    expect(await p.bonding.orchestratorCount()).to.equal(60);
    compare(few, await measure());
  });

  it("S1: an action costs the same, within 2 %, after 2 and after 120 rounds with actions in each", async function () {
    await load(0, 2);
    const few = await measure();
    await load(0, 120);
    compare(few, await measure());
  });
});
