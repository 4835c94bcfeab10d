import { expect } from "chai";
import { certainAllocation, FloatPolicy, type RiskSituation } from "../../../offchain/pm/risk.ts";
import { expectCode } from "./coded.ts";
import { SENDER } from "./world.ts";

describe("FloatPolicy", () => {
  const situation = (change: Partial<RiskSituation> = {}): RiskSituation => ({
    sender: SENDER,
    faceValue: 10n,
    unredeemed: 20n,
    allocation: 0n,
    state: { deposit: 30n, escrow: 5n, withdrawRound: null },
    isLocked: true,
    hasDefaulted: false,
    ...change,
  });
  const state = (deposit: bigint) => ({ deposit, escrow: 5n, withdrawRound: null });

  it("takes what the deposit can pay beside the winners, to the wei", async () => {
    const policy = new FloatPolicy();
    policy.check(situation());
    const error = await expectCode(() => policy.check(situation({ state: state(29n) })), "LowPMBalance");
    expect(error.data).to.deep.equal({ depositWei: "29", allocationWei: "0", neededWei: "30", withdrawRound: null });
    expect(error.message).to.equal("the deposit is 29 wei, 30 wei are needed");
  });

  it("adds the allocation to the deposit", async () => {
    const policy = new FloatPolicy();
    policy.check(situation({ allocation: 12n, state: state(18n) }));
    const short = situation({ allocation: 12n, state: state(17n) });
    const error = await expectCode(() => policy.check(short), "LowPMBalance");
    expect(error.data["neededWei"]).to.equal("18");
    expect(error.message).to.contain("beside an allocation of 12 wei");
  });

  it("takes what the allocation covers, whatever the sender does", async () => {
    const policy = new FloatPolicy({ maxUnsecured: 0n, minEscrow: 100n, refuseDefaulters: true });
    const covered = { allocation: 30n, state: { deposit: 0n, escrow: 0n, withdrawRound: 1 }, isLocked: false };
    policy.check(situation({ ...covered, hasDefaulted: true }));
    await expectCode(() => policy.check(situation({ ...covered, allocation: 29n })), "LowPMBalance");
  });

  it("does not count a deposit that may be gone", async () => {
    const unlocking = situation({ isLocked: false, state: { deposit: 1_000n, escrow: 5n, withdrawRound: 13 } });
    const error = await expectCode(() => new FloatPolicy().check(unlocking), "LowPMBalance");
    expect(error.data["withdrawRound"]).to.equal(13);
  });

  it("bounds what no allocation covers", async () => {
    const policy = new FloatPolicy({ maxUnsecured: 25n });
    policy.check(situation({ allocation: 5n }));
    const error = await expectCode(() => policy.check(situation({ allocation: 4n })), "FloatExhausted");
    expect(error.data).to.deep.equal({
      allocationWei: "4",
      unsecuredWei: "26",
      maxUnsecuredWei: "25",
      neededAllocationWei: "5",
    });
  });

  it("asks for an escrow", async () => {
    new FloatPolicy({ minEscrow: 5n }).check(situation());
    const error = await expectCode(() => new FloatPolicy({ minEscrow: 6n }).check(situation()), "EscrowTooLow");
    expect(error.data).to.deep.equal({ escrowWei: "5", neededWei: "6" });
  });

  it("refuses a sender that left a winner unpaid, when told to", async () => {
    const defaulter = situation({ hasDefaulted: true });
    new FloatPolicy().check(defaulter);
    const policy = new FloatPolicy({ refuseDefaulters: true });
    policy.check(situation());
    const error = await expectCode(() => policy.check(defaulter), "SenderRefused");
    expect(error.data).to.deep.equal({ allocationWei: "0", neededAllocationWei: "30" });
  });
});

describe("certainAllocation", () => {
  it("counts what leaves while the ticket and the margin end before it may", () => {
    const allocation = { amount: 10n, leaving: 4n, releaseRound: 14 };
    expect(certainAllocation(allocation, 10, 2, 1)).to.equal(10n);
    expect(certainAllocation(allocation, 11, 2, 1)).to.equal(6n);
    expect(certainAllocation({ ...allocation, releaseRound: null, leaving: 0n }, 99, 2, 1)).to.equal(10n);
  });

  it("is nothing where tickets have taken a part of what leaves", () => {
    expect(certainAllocation({ amount: 3n, leaving: 4n, releaseRound: 11 }, 10, 2, 1)).to.equal(0n);
  });
});
