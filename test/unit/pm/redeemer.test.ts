import { expect } from "chai";
import fc from "fast-check";
import type { Winner } from "../../../offchain/pm/interface.ts";
import { TicketRedeemer, type RedeemerEvent, type RedeemerOptions } from "../../../offchain/pm/redeemer.ts";
import { commitmentOf } from "../../../offchain/pm/ticket.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { BrokerPort__Fake, type Fate } from "./BrokerPort__Fake.ts";
import { Clock__Fake } from "./Clock__Fake.ts";
import { DOMAIN, ETHER, FACE, RECIPIENT, SENDER, seededRandomness } from "./world.ts";

function winner(index: bigint, creationRound = 10): Winner {
  const recipientRand = `0x${(index + 1n).toString(16).padStart(64, "0")}`;
  return {
    ticket: {
      recipient: RECIPIENT,
      sender: SENDER,
      faceValue: FACE,
      winProb: 10n ** 18n,
      salt: 1n,
      commitment: commitmentOf(recipientRand),
      commitmentIndex: index,
      creationRound,
    },
    signature: `0x${"ab".repeat(65)}`,
    recipientRand,
  };
}

describe("TicketRedeemer", () => {
  let broker: BrokerPort__Fake;
  let clock: Clock__Fake;
  let store: NodeStore;
  let events: RedeemerEvent[];
  let redeemers: TicketRedeemer[];

  beforeEach(() => {
    broker = new BrokerPort__Fake();
    broker.deposits.set(SENDER, ETHER);
    clock = new Clock__Fake();
    store = openStore({
      path: ":memory:",
      identity: { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker },
    });
    store.recipient.secret(() => new Uint8Array(32));
    events = [];
    redeemers = [];
  });

  afterEach(async () => {
    for (const redeemer of redeemers) await clock.runUntil(redeemer.close());
    store.close();
  });

  /** Puts a winner into the store the way the recipient does. */
  function add(item: Winner): void {
    const index = item.ticket.commitmentIndex;
    store.recipient.hand(SENDER, index, item.ticket.creationRound);
    const { ticket, signature, recipientRand } = item;
    const accepted = { payment: { ticket, signature }, credit: 0n, signer: null, recipientRand, ticketsPerIndex: 10 };
    expect(store.recipient.accept(accepted)).to.equal("accepted");
  }

  function addAll(count: number): void {
    for (let index = 0; index < count; index += 1) add(winner(BigInt(index)));
  }

  function create(options: RedeemerOptions = {}): TicketRedeemer {
    const redeemer = new TicketRedeemer(options, {
      store: store.winners,
      broker,
      clock,
      randomness: seededRandomness("jitter"),
      onEvent: (event) => events.push(event),
    });
    redeemers.push(redeemer);
    return redeemer;
  }

  const drain = (redeemer: TicketRedeemer): Promise<void> =>
    clock.runUntil(redeemer.drain(new AbortController().signal));

  it("drains an empty store at once", () => drain(create()));

  it("redeems every winner once, one submission after the other", async () => {
    addAll(25);
    const redeemer = create();
    await drain(redeemer);
    expect(redeemer.counts()).to.deep.equal({ pending: 0, redeemed: 25, expired: 0 });
    expect(broker.paid.length).to.equal(25);
    expect(broker.redeemCalls).to.equal(25);
    expect(broker.mostConcurrentRedeems).to.equal(1);
  });

  it("takes the oldest creation round first", async () => {
    for (const [index, round] of [10, 8, 9].entries()) add(winner(BigInt(index), round));
    await drain(create({ maxInFlight: 1 }));
    expect(broker.paid.map(({ ticket }) => ticket.creationRound)).to.deep.equal([8, 9, 10]);
  });

  const hindrances: Fate[] = ["refuse", "revert", "drop", "pay-but-lose-the-answer", "never-mine", "hang"];
  for (const fate of hindrances) {
    it(`gets over "${fate}" and lets the others pass meanwhile`, async () => {
      addAll(10);
      broker.fates.set(0n, [fate, fate]);
      const redeemer = create({ maxInFlight: 1, timeout: 1_000 });
      const drained = redeemer.drain(new AbortController().signal);
      if (fate === "never-mine") {
        // Stuck in the pool: it is waited for, not sent again, until the network drops it.
        await clock.runUntil(clock.sleep(20_000));
        expect(broker.redeemCalls).to.equal(10);
        expect(redeemer.counts()).to.deep.equal({ pending: 1, redeemed: 9, expired: 0 });
        broker.pay(winner(0n));
      }
      await clock.runUntil(drained);
      expect(redeemer.counts()).to.deep.equal({ pending: 0, redeemed: 10, expired: 0 });
      expect(broker.paid.length).to.equal(10);
      const others = events.filter(({ kind }) => kind === "redeemed");
      if (fate !== "pay-but-lose-the-answer")
        expect(others.at(-1)!.digest).to.equal(store.winners.list("redeemed", 1)[0]!.digest);
    });
  }

  it("keeps a winner whose deposit is empty until it is paid", async () => {
    broker.deposits.set(SENDER, 0n);
    addAll(2);
    const redeemer = create();
    const drained = redeemer.drain(new AbortController().signal);
    await clock.runUntil(clock.sleep(3_600_000));
    expect(redeemer.counts()).to.deep.equal({ pending: 2, redeemed: 0, expired: 0 });
    expect(store.winners.list("pending", 1)[0]!.reason).to.equal("deposit too low");
    broker.deposits.set(SENDER, 2n * FACE);
    await clock.runUntil(drained);
    expect(redeemer.counts().redeemed).to.equal(2);
  });

  it("pauses longer after each failure, with jitter, up to the limit", async () => {
    broker.deposits.set(SENDER, 0n);
    addAll(1);
    const redeemer = create({ backoff: 1_000, maxBackoff: 8_000, pollInterval: 100_000 });
    redeemer.start();
    const pauses: number[] = [];
    for (let i = 1; i <= 6; i += 1) {
      while (store.winners.list("pending", 1)[0]!.attempts < i) await clock.runUntil(clock.sleep(10));
      pauses.push(store.winners.list("pending", 1)[0]!.notBefore - clock.now());
    }
    const full = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
    for (const [i, pause] of pauses.entries()) expect(pause).to.be.within(full[i]! / 2 - 10, full[i]!);
    expect(new Set(pauses).size).to.be.greaterThan(4);
  });

  it("marks what can no longer be redeemed as expired, with the reason, and sends nothing", async () => {
    add(winner(0n, 7));
    add(winner(1n, 8));
    const redeemer = create();
    await drain(redeemer);
    expect(redeemer.counts()).to.deep.equal({ pending: 0, redeemed: 1, expired: 1 });
    expect(broker.redeemCalls).to.equal(1);
    expect(store.winners.list("expired", 1)[0]!.reason).to.equal(
      "round 10 is after 9, the last in which it could be redeemed",
    );
  });

  it("expires a winner that failed to its end, and keeps the last failure", async () => {
    broker.deposits.set(SENDER, 0n);
    addAll(1);
    const redeemer = create();
    const drained = redeemer.drain(new AbortController().signal);
    await clock.runUntil(clock.sleep(60_000));
    broker.round = 13;
    await clock.runUntil(drained);
    expect(store.winners.list("expired", 1)[0]!.reason).to.contain("last failure: deposit too low");
  });

  it("finds a redemption that was sent but not recorded, also after the last round", async () => {
    addAll(2);
    broker.pay(winner(0n));
    broker.round = 13;
    const redeemer = create();
    await drain(redeemer);
    expect(redeemer.counts()).to.deep.equal({ pending: 0, redeemed: 1, expired: 1 });
    expect(broker.redeemCalls).to.equal(0);
  });

  it("waits for a transaction that an earlier process recorded instead of sending another", async () => {
    addAll(1);
    const item = store.winners.list("pending", 1)[0]!;
    const { hash } = await broker.redeem(item);
    store.winners.markSent(item.digest, hash);
    await drain(create());
    expect(broker.redeemCalls).to.equal(1);
    expect(store.winners.list("redeemed", 1)[0]!.transaction).to.equal(hash);
  });

  it("waits while the chain cannot be read", async () => {
    addAll(3);
    broker.isReadable = false;
    const redeemer = create();
    const drained = redeemer.drain(new AbortController().signal);
    await clock.runUntil(clock.sleep(60_000));
    expect(redeemer.counts().pending).to.equal(3);
    broker.isReadable = true;
    await clock.runUntil(drained);
    expect(redeemer.counts().redeemed).to.equal(3);
  });

  it("looks at once when notified and by itself within the poll interval", async () => {
    const redeemer = create({ pollInterval: 5_000 });
    redeemer.start();
    add(winner(0n));
    redeemer.notify();
    const before = clock.now();
    await clock.runUntil(clock.sleep(0));
    while (redeemer.counts().redeemed < 1) await clock.runUntil(clock.sleep(1));
    expect(clock.now() - before).to.be.lessThan(10);
    add(winner(1n));
    await clock.runUntil(clock.sleep(5_001));
    await clock.runUntil(clock.sleep(1));
    expect(redeemer.counts().redeemed).to.equal(2);
  });

  it("rejects a drain that is aborted, and goes on", async () => {
    broker.deposits.set(SENDER, 0n);
    addAll(1);
    const redeemer = create();
    const controller = new AbortController();
    const drained = redeemer.drain(controller.signal);
    controller.abort(new Error("enough"));
    await clock.runUntil(drained).then(
      () => expect.fail(),
      (error: Error) => expect(error.message).to.equal("enough"),
    );
    broker.deposits.set(SENDER, FACE);
    await drain(redeemer);
  });

  it("closes in the middle of everything and loses nothing", async () => {
    addAll(20);
    broker.fates.set(3n, ["never-mine"]);
    broker.fates.set(4n, ["revert"]);
    const first = create({ maxInFlight: 4 });
    const drained = first.drain(new AbortController().signal).catch((error: Error) => error.message);
    await clock.runUntil(clock.sleep(1));
    await clock.runUntil(first.close());
    expect(await drained).to.equal("the redeemer was closed");
    expect(() => first.start()).to.throw("closed");
    const { pending, redeemed } = first.counts();
    expect(pending + redeemed).to.equal(20);
    if (!broker.closed.has(`${RECIPIENT}/10/3`)) broker.pay(winner(3n));
    const second = create();
    await drain(second);
    expect(second.counts().redeemed).to.equal(20);
    expect(broker.paid.length).to.equal(20);
  });

  it("pays every winner exactly once whatever the network does, if it works in the end", async () => {
    const fates = fc.array(
      fc.constantFrom<Fate>("refuse", "revert", "drop", "hang", "pay-but-lose-the-answer", "pay"),
      {
        maxLength: 4,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fates, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (plan, slots) => {
          const network = new BrokerPort__Fake();
          network.deposits.set(SENDER, ETHER);
          broker = network;
          store.close();
          store = openStore({
            path: ":memory:",
            identity: { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker },
          });
          store.recipient.secret(() => new Uint8Array(32));
          addAll(plan.length);
          for (const [index, list] of plan.entries()) network.fates.set(BigInt(index), [...list]);
          const redeemer = create({ maxInFlight: slots, timeout: 1_000, backoff: 100 });
          await drain(redeemer);
          await clock.runUntil(redeemer.close());
          redeemers = [];
          expect(store.winners.count("redeemed")).to.equal(plan.length);
          expect(network.paid.length).to.equal(plan.length);
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });
});
