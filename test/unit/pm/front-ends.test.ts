import { expect } from "chai";
import * as fc from "fast-check";
import type { Payment } from "../../../offchain/pm/interface.ts";
import { ticketParamsSchema } from "../../../offchain/pm/quote.ts";
import { expectCode } from "./coded.ts";
import { createWorld, ETHER, FACE, HOT, HOT_KEY, RECIPIENT, SENDER, type World } from "./world.ts";

const COUNT = 3;
/** Front ends of one account. */
const MOST = 256;
/** As if there were one. */
const ANY = { index: 0, count: 1 };
const order = { sender: SENDER, fee: 1n };

describe("front ends of one recipient", () => {
  let worlds: World[];
  /** Each with a store of its own, on one chain. With one secret they would be told apart by the index alone. */
  function open(seeds: readonly string[]): World[] {
    const opened = seeds.map((seed, index) =>
      createWorld({ seed, recipient: { frontEnd: { index, count: COUNT }, window: 2 } }),
    );
    for (const { broker } of opened) broker.deposits.set(SENDER, BigInt(COUNT) * ETHER);
    return opened;
  }
  beforeEach(() => {
    worlds = open(["a", "b", "c"]);
  });
  afterEach(() => {
    for (const world of worlds) world.close();
  });

  /** A payment on a quote of this front end, and its ticket. */
  async function pay(world: World, winProb?: bigint): Promise<{ payment: Payment; wire: unknown }> {
    const session = await world.sender.startSession(await world.quote(), RECIPIENT);
    const payment = await session.createTicket(winProb ?? FACE, world.broker.round);
    return { payment, wire: world.wire(payment) };
  }

  it("hand out indices that no other hands out, and leave none out between them", async () => {
    const handed: bigint[] = [];
    for (const world of worlds) {
      const { commitments } = ticketParamsSchema.parse(await world.quote());
      handed.push(...commitments.map(({ index }) => index));
    }
    expect(handed.sort((a, b) => Number(a - b))).to.deep.equal([0n, 1n, 2n, 3n, 4n, 5n]);
  });

  it("pass by what is closed on chain, each in its own part", async () => {
    const [, second] = worlds;
    for (const index of [0n, 1n, 4n, 7n]) second!.broker.closed.add(`${RECIPIENT}/${second!.broker.round}/${index}`);
    const { commitments } = ticketParamsSchema.parse(await second!.quote());
    for (const { index } of commitments) {
      expect(index % BigInt(COUNT)).to.equal(1n);
      expect(index > 7n).to.equal(true);
    }
  });

  it("P5: refuse a ticket for another, before and after that has taken it, at the same time and again", async () => {
    const [a, b, c] = worlds as [World, World, World];
    const { wire, payment } = await pay(a);
    for (const other of [b, c]) await expectCode(other.recipient.receive(wire, order), "OtherFrontEnd");
    const answers = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => worlds[i % COUNT]!.recipient.receive(wire, order)),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).to.have.length(1);
    expect(answers[0]?.status, "by the one it is for").to.equal("fulfilled");
    for (const other of [b, c]) {
      await expectCode(other.recipient.receive(wire, order), "OtherFrontEnd");
      expect(other.recipient.balance(SENDER)).to.equal(0n);
      // Under another's own index the commitment is not its own.
      const commitmentIndex = BigInt(worlds.indexOf(other));
      await expectCode(
        other.recipient.receive(await other.resign(payment, { commitmentIndex }), order),
        "TicketInvalid",
      );
    }
  });

  it("P5: are kept apart by the index alone, should one have been started on a copy of another's secret", async () => {
    for (const world of worlds) world.close();
    worlds = open(["same", "same", "same"]);
    const [a, b] = worlds as [World, World];
    const { wire, payment } = await pay(a);
    await expectCode(b.recipient.receive(wire, order), "OtherFrontEnd");
    await a.recipient.receive(wire, order);
    await b.quote();
    const moved = await b.resign(payment, { commitmentIndex: 1n });
    await expectCode(b.recipient.receive(moved, order), "CommitmentUnknown");
  });

  it("P5: take each ticket once, whoever it is sent to, in any order", async () => {
    const step = fc.record({
      from: fc.nat(COUNT - 1),
      to: fc.array(fc.nat(COUNT - 1), { minLength: 1, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const own = open(["a", "b", "c"]);
        try {
          const wins = new Set<string>();
          for (const { from, to } of steps) {
            const { wire } = await pay(own[from]!, FACE / 2n);
            const answers = await Promise.allSettled(to.map((index) => own[index]!.recipient.receive(wire, order)));
            const taken = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
            expect(taken.length).to.equal(to.includes(from) ? 1 : 0);
            for (const { won, ticket } of taken) {
              if (!won) continue;
              const key = `${ticket.creationRound}/${ticket.commitmentIndex}`;
              expect(wins.has(key), key).to.equal(false);
              wins.add(key);
            }
          }
        } finally {
          for (const world of own) world.close();
        }
      }),
      { numRuns: 20, seed: 5 },
    );
  });

  it("hand out nothing of another's on the way", async () => {
    const [, second] = worlds;
    const { commitments } = ticketParamsSchema.parse(await second!.quote());
    const all = second!.orchestratorStore.recipient.openIndices(SENDER, 100, second!.broker.round, ANY);
    expect(all).to.deep.equal(commitments.map(({ index }) => index));
  });

  it("are told apart in a refusal that says whose the ticket is", async () => {
    const [a, b] = worlds as [World, World];
    const { wire } = await pay(a);
    const error = await expectCode(b.recipient.receive(wire, order), "OtherFrontEnd");
    expect(error.data).to.deep.equal({ index: "0", owner: 0, frontEnd: 1 });
  });

  it("are numbered from 0 below their count, which has a bound", () => {
    const attempt = (index: number, count: number) => () =>
      createWorld({ recipient: { frontEnd: { index, count } } }).close();
    for (const [index, count] of [
      [0, 0],
      [0, -1],
      [-1, -2],
      [-1, 2],
      [2, 2],
      [3, 2],
      [0, MOST + 1],
    ] as const)
      expect(attempt(index, count), `${index} of ${count}`).to.throw(RangeError, /front end/);
    for (const [index, count] of [
      [0, 1],
      [MOST - 1, MOST],
    ] as const)
      expect(attempt(index, count), `${index} of ${count}`).not.to.throw();
  });

  it("P4: count on no cap that was lowered below what is spent", async () => {
    const [a] = worlds as [World];
    a.broker.signers.set(`${SENDER}/${HOT}`, { lastRound: a.broker.round, cap: FACE, spent: 4n * FACE });
    const { payment } = await pay(a);
    const error = await expectCode(a.recipient.receive(await a.resign(payment, {}, HOT_KEY), order), "SignerCapTooLow");
    expect(error.data["capWei"]).to.equal((4n * FACE).toString());
  });

  it("P4: take their share of the deposit for all there is", async () => {
    for (const { broker } of worlds) broker.deposits.set(SENDER, BigInt(COUNT) * FACE - 1n);
    for (const world of worlds) await expectCode(world.quote(), "LowPMBalance");
  });
});
