import { expect } from "chai";
import { BrokerAdapter } from "../../../offchain/eth/broker.ts";
import type { Chain } from "../../../offchain/eth/chain.ts";
import type { RoundClock } from "../../../offchain/eth/rounds.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { Ticket } from "../../../offchain/pm/interface.ts";
import { commitmentOf, compactSignature, packPayer, packTerms, signTicket } from "../../../offchain/pm/ticket.ts";
import { fundDeposit, loadProtocol, passRounds, type Protocol } from "../../fixtures/protocol.ts";
import { HOT, HOT_KEY } from "../pm/world.ts";

describe("BrokerAdapter", function () {
  let p: Protocol;
  let adapter: BrokerAdapter;
  let round: number;

  beforeEach(async function () {
    p = await loadProtocol();
    round = Number(await passRounds(p, 10n));
    const clock = { current: () => round } as Partial<RoundClock> as RoundClock;
    adapter = new BrokerAdapter({ chain: { broker: p.broker } as Partial<Chain> as Chain, clock });
  });

  it("reads deposit, escrow and lock", async function () {
    const { address } = p.broadcaster;
    expect(await adapter.sender(address)).to.deep.equal({ deposit: 0n, escrow: 0n, withdrawRound: null });
    await fundDeposit(p, 7n, 5n);
    await p.broker.connect(p.broadcaster).unlock();
    expect(await adapter.sender(address), "from the cache").to.have.property("deposit", 0n);
    expect(await adapter.sender(address, { fresh: true })).to.deep.equal({
      deposit: 7n,
      escrow: 5n,
      withdrawRound: round + 4,
    });
    expect(await adapter.sender(address)).to.have.property("deposit", 7n);
  });

  it("reads an allocation and what leaves it", async function () {
    const [sender, recipient] = [p.broadcaster.address, p.orchestrator.address];
    expect(await adapter.allocation(sender, recipient)).to.deep.equal({ amount: 0n, leaving: 0n, releaseRound: null });
    await p.broker.fundAllocation(sender, recipient, { value: 9n });
    await p.broker.connect(p.broadcaster).reduceAllocation(recipient, 4n);
    expect(await adapter.allocation(sender, recipient, { fresh: true })).to.deep.equal({
      amount: 9n,
      leaving: 4n,
      releaseRound: round + 4,
    });
    expect(await adapter.allocation(recipient, sender)).to.have.property("amount", 0n);
  });

  it("reads what a hot key may sign in each round, and has spent, when its ticket is redeemed as packed here", async function () {
    const [sender, recipient] = [p.broadcaster.address, p.orchestrator.address];
    expect(await adapter.signer(sender, HOT, round)).to.deep.equal({ lastRound: 0, cap: 0n, spent: 0n });
    const broker = p.broker.connect(p.broadcaster);
    await fundDeposit(p, 100n);
    await broker.authorizeSigner(HOT, round + 3, 20n);
    await broker.authorizeSigner(HOT, round + 3, 30n);

    const recipientRand = `0x${"ab".repeat(32)}`;
    const ticket: Ticket = {
      recipient,
      sender,
      faceValue: 12n,
      winProb: 10n ** 18n,
      salt: 2n ** 128n - 1n,
      commitment: commitmentOf(recipientRand),
      commitmentIndex: 3n,
      creationRound: round,
    };
    const { chainId } = await p.ethers.provider.getNetwork();
    const domain = { chainId, broker: await p.broker.getAddress() };
    const { signature } = await signTicket(createSigner(HOT_KEY), ticket, domain);
    const { r, vs } = compactSignature(signature);
    expect(await adapter.isClosed(recipient, round, 3n)).to.be.false;
    await p.broker.connect(p.orchestrator).redeem(packPayer(ticket), packTerms(ticket), recipientRand, r, vs);

    expect(await adapter.isClosed(recipient, round, 3n)).to.be.true;
    expect(await adapter.isClosed(recipient, round, 2n)).to.be.false;
    expect(await adapter.isClosed(recipient, round + 1, 3n)).to.be.false;
    const after = (creationRound: number) => adapter.signer(sender, HOT, creationRound, { fresh: true });
    expect(await after(round)).to.deep.equal({ lastRound: round + 3, cap: 20n, spent: 12n });
    expect(await after(round + 1)).to.deep.equal({ lastRound: round + 3, cap: 30n, spent: 0n });
    expect(await after(round + 4)).to.deep.equal({ lastRound: round + 3, cap: 0n, spent: 0n });
  });

  it("goes by the validity of each round, and notices that governance has changed it", async function () {
    let calls = 0;
    const lastRedemptionRound = (creationRound: number) => {
      calls += 1;
      return p.broker.lastRedemptionRound(creationRound);
    };
    const chain = { broker: { lastRedemptionRound } } as unknown as Chain;
    const clock = { current: () => round } as Partial<RoundClock> as RoundClock;
    const reader = new BrokerAdapter({ chain, clock });
    const validities = () => Promise.all([round - 1, round, round + 1].map((each) => reader.ticketValidity(each)));

    expect(await validities()).to.deep.equal([2, 2, 2]);
    await p.broker.setParameters({ ticketValidity: 1, unlockPeriod: 4, curingPeriod: 1 });
    expect(await validities(), "of rounds to come only").to.deep.equal([2, 2, 1]);
    round = Number(await passRounds(p, 1n));
    expect(await validities()).to.deep.equal([2, 1, 1]);

    calls = 0;
    for (let i = 0; i < 10; i += 1) await reader.ticketValidity(round);
    expect(calls, "known since it was read").to.equal(0);
  });

  it("reads the round", async function () {
    expect(await adapter.currentRound()).to.equal(round);
  });
});
