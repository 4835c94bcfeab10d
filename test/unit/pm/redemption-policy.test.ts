import { expect } from "chai";
import fc from "fast-check";
import { DEFAULT_POLICY } from "../../../offchain/pm/redemption-defaults.ts";
import {
  batchGas,
  type Candidate,
  type Funds,
  planRedemptions,
  type Plan,
  type PolicyOptions,
} from "../../../offchain/pm/redemption-policy.ts";

const A = "0xA";
const B = "0xB";
/** {ms} A ticket's life; its margin begins at 750. */
const LIFE = 1_000;
const FACE = 10n ** 15n;
const { gas } = DEFAULT_POLICY;
/** {wei} At which a redemption of its own costs all of the face value. */
const BREAK_EVEN = FACE / gas.single;

/** 100 blocks with prices from 1 to 100. */
const HISTORY = (share: number): bigint => BigInt(Math.max(1, Math.ceil(share * 100)));

function ticket(digest: string, change: Partial<Candidate> = {}): Candidate {
  const times = { born: 0, deadline: LIFE, claimBy: 700, since: 0 };
  return { digest, sender: A, faceValue: FACE, isClaimed: false, ...times, ...change };
}

const RICH: Funds = {
  deposit: 10n ** 24n,
  allocation: 0n,
  escrow: 0n,
  withdrawRound: null,
  leaves: Infinity,
  underway: 0n,
};

interface Situation {
  readonly time?: number;
  readonly price?: bigint;
  readonly winners: readonly Candidate[];
  readonly funds?: Record<string, Partial<Funds>>;
  readonly options?: Partial<PolicyOptions>;
}

function plan({ time = 0, price = 1n, winners, funds = {}, options = {} }: Situation): Plan<Candidate> {
  const all = new Map([A, B].map((sender) => [sender, { ...RICH, ...funds[sender] }]));
  return planRedemptions(
    { time, price: { now: price, percentile: HISTORY }, winners, funds: all },
    { ...DEFAULT_POLICY, gather: 0, negligible: 0n, ...options },
  );
}

const names = (list: readonly (readonly Candidate[])[]): string[] =>
  list.map((batch) => batch.map(({ digest }) => digest).join(" "));

describe("planRedemptions", () => {
  describe("when", () => {
    it("gas is cheap: at once", () => {
      expect(names(plan({ winners: [ticket("a")], price: 25n }).redeem)).to.deep.equal(["a"]);
    });

    it("gas is not cheap: later, at the latest when the margin begins", () => {
      const { redeem, lookAgain } = plan({ winners: [ticket("a")], price: 26n });
      expect(redeem).to.be.empty;
      expect(lookAgain).to.equal(750);
    });

    it("it grows older it is content with higher prices, and in its margin with any", () => {
      const accepted = (time: number): bigint => {
        let most = 0n;
        for (let price = 1n; price <= 200n; price += 1n) {
          if (plan({ winners: [ticket("a")], time, price }).redeem.length > 0) most = price;
        }
        return most;
      };
      expect([0, 250, 500, 749, 750].map(accepted)).to.deep.equal([25n, 50n, 75n, 100n, 200n]);
    });

    it("it costs next to nothing, whatever gas cost before", () => {
      const winners = [ticket("a")];
      const price = FACE / (1_000n * gas.single);
      expect(plan({ winners, price }).redeem).to.be.empty;
      expect(names(plan({ winners, price, options: { negligible: 10n ** 15n } }).redeem)).to.deep.equal(["a"]);
      expect(plan({ winners, price: price + 1n, options: { negligible: 10n ** 15n } }).redeem).to.be.empty;
      const exactly = [ticket("a", { faceValue: 1_000n * gas.single * 50n })];
      expect(plan({ winners: exactly, price: 50n, options: { negligible: 10n ** 15n } }).redeem).to.have.length(1);
    });

    it("an unlock ends before the ticket: a margin before that", () => {
      const funds = { [A]: { leaves: 600 } };
      expect(plan({ winners: [ticket("a")], funds, price: 90n, time: 349 }).lookAgain).to.equal(350);
      expect(names(plan({ winners: [ticket("a")], funds, price: 90n, time: 350 }).redeem)).to.deep.equal(["a"]);
    });

    it("the sender's money does not reach for all: at once", () => {
      const funds = { [A]: { deposit: FACE, allocation: FACE / 2n } };
      expect(names(plan({ winners: [ticket("a"), ticket("b")], funds, price: 90n }).redeem)).to.deep.equal(["a"]);
      expect(plan({ winners: [ticket("a")], funds, price: 90n }).redeem).to.be.empty;
      expect(plan({ winners: [ticket("a")], funds: { [A]: { deposit: FACE } }, price: 90n }).redeem).to.be.empty;
    });

    it("does not depend on where time begins", () => {
      const later = (list: Candidate[], by: number): Candidate[] =>
        list.map((each) => ({
          ...each,
          born: each.born + by,
          deadline: each.deadline + by,
          claimBy: each.claimBy + by,
          since: each.since + by,
        }));
      const winners = [ticket("a"), ticket("poor", { sender: B })];
      const funds = { [B]: { deposit: 0n, escrow: 1n } };
      for (const time of [0, 400, 449, 450, 749, 750, 999]) {
        for (const price of [20n, 50n, 80n]) {
          const now = plan({ winners, funds, time, price });
          const then = plan({ winners: later(winners, 5_000), funds, time: time + 5_000, price });
          expect(names(then.redeem)).to.deep.equal(names(now.redeem));
          expect(then.claim).to.deep.equal(later([...now.claim], 5_000));
          expect(then.lookAgain).to.equal(now.lookAgain + 5_000);
        }
      }
    });

    it("something changes later, never at once", () => {
      expect(plan({ winners: [ticket("a")], time: 749, price: 200n }).lookAgain).to.equal(750);
      expect(plan({ winners: [ticket("a")], time: 750, price: 200n }).lookAgain).to.equal(Infinity);
    });

    it("others may come to share the transaction: for a while, or until there are enough", () => {
      const options = { gather: 100, batchSize: 3 };
      const pair = [ticket("a"), ticket("b", { since: 20 })];
      expect(plan({ winners: pair, time: 99, options })).to.deep.include({ redeem: [], lookAgain: 100 });
      expect(names(plan({ winners: pair, time: 100, options }).redeem)).to.deep.equal(["a b"]);
      expect(names(plan({ winners: [...pair, ticket("c")], time: 20, options }).redeem)).to.deep.equal(["a b c"]);
    });

    it("never at a loss, not in the last moment either", () => {
      const late = { winners: [ticket("a")], time: 999 };
      expect(plan({ ...late, price: BREAK_EVEN }).redeem).to.have.length(1);
      expect(plan({ ...late, price: BREAK_EVEN + 1n }).redeem).to.be.empty;
    });

    it("never for nothing", () => {
      const exactly = [ticket("a", { faceValue: 7n * gas.single })];
      expect(plan({ winners: exactly, time: 999, price: 7n }).redeem).to.be.empty;
      expect(plan({ winners: exactly, time: 999, price: 6n }).redeem).to.have.length(1);
    });

    it("never after the end", () => {
      const winners = [ticket("a"), ticket("b", { deadline: LIFE + 1 })];
      const { redeem, expired } = plan({ winners, time: LIFE });
      expect(names(redeem)).to.deep.equal(["b"]);
      expect(expired).to.deep.equal([winners[0]]);
    });
  });

  describe("what", () => {
    it("winners of one sender and face value stand together, the most pressing first", () => {
      const winners = [
        ticket("a1"),
        ticket("b1", { sender: B, deadline: LIFE - 1 }),
        ticket("a2", { faceValue: 2n * FACE }),
        ticket("b2", { sender: B }),
        ticket("a3"),
      ];
      expect(names(plan({ winners }).redeem)).to.deep.equal(["b1 b2 a2 a1 a3"]);
    });

    it("what dies first goes first, whoever else its sender owes", () => {
      const mixed = [
        ticket("b1", { sender: B, deadline: 980 }),
        ticket("b2", { sender: B, faceValue: 2n * FACE }),
        ticket("a1", { deadline: 990 }),
      ];
      expect(names(plan({ winners: mixed }).redeem)).to.deep.equal(["b1 a1 b2"]);
      const together = [ticket("a1", { deadline: 980 }), ticket("a2"), ticket("b", { sender: B, deadline: 990 })];
      expect(names(plan({ winners: together }).redeem)).to.deep.equal(["a1 a2 b"]);
    });

    it("goes together where that is cheaper, else apart", () => {
      const winners = [ticket("a"), ticket("b", { sender: B })];
      expect(names(plan({ winners }).redeem)).to.deep.equal(["a b"]);
      const dear = { gas: { ...gas, batch: 2n * gas.single } };
      expect(names(plan({ winners, options: dear }).redeem)).to.deep.equal(["a", "b"]);
      // A batch of 2 payers costs 97,000 gas, two transactions 116,000.
      expect(names(plan({ winners, price: 25n }).redeem)).to.deep.equal(["a b"]);
      const pair = [ticket("a"), ticket("b")];
      const equal = { gas: { ...gas, batch: 2n * gas.single - gas.payer - 2n * gas.ticket } };
      expect(names(plan({ winners: pair, options: equal }).redeem)).to.deep.equal(["a b"]);
    });

    it("costs the transaction, and something for each payer and each winner; alone it is cheaper", () => {
      const [a, b, c] = [ticket("a"), ticket("b"), ticket("c", { sender: B })];
      expect(batchGas([a], gas)).to.equal(gas.single);
      expect(batchGas([a, b], gas)).to.equal(gas.batch + gas.payer + 2n * gas.ticket);
      expect(batchGas([a, b, c], gas)).to.equal(gas.batch + 2n * gas.payer + 3n * gas.ticket);
      expect(batchGas([a, ticket("d", { faceValue: 1n })], gas)).to.equal(gas.batch + 2n * gas.payer + 2n * gas.ticket);
    });

    it("is worth a batch though it would not be worth a transaction of its own", () => {
      const winners = Array.from({ length: 10 }, (_, i) => ticket(`${i}`));
      const state = { winners, time: 900, price: 2n * BREAK_EVEN };
      expect(plan(state).redeem[0]).to.have.length(10);
      expect(plan({ ...state, winners: winners.slice(0, 1) }).redeem).to.be.empty;
    });

    it("keeps what is worth it from paying for what is not", () => {
      const winners = [
        ticket("a"),
        ticket("dust", { faceValue: 1n }),
        ticket("dust too", { sender: B, faceValue: 1n }),
      ];
      expect(names(plan({ winners, time: 900 }).redeem)).to.deep.equal(["a"]);
    });

    it("leaves out who does not pay for what it adds to a batch", () => {
      const price = 10n;
      const rich = Array.from({ length: 10 }, (_, i) => ticket(`${i}`));
      const sent = (...others: Candidate[]): number =>
        plan({ winners: [...rich, ...others], time: 900, price }).redeem.flat().length;
      const cost = (count: bigint): bigint => (gas.payer + count * gas.ticket) * price;
      const poor = (faceValue: bigint, count: number): Candidate[] =>
        Array.from({ length: count }, (_, i) => ticket(`poor ${i}`, { sender: B, faceValue }));
      expect(sent(...poor(cost(1n), 1))).to.equal(10);
      expect(sent(...poor(cost(1n) + 1n, 1))).to.equal(11);
      expect(sent(...poor(cost(4n) / 4n, 4))).to.equal(10);
      expect(sent(...poor(cost(4n) / 4n + 1n, 4))).to.equal(14);
    });

    it("is no more than a transaction may hold", () => {
      const winners = Array.from({ length: 7 }, (_, i) => ticket(`${i}`));
      expect(plan({ winners, options: { batchSize: 3 } }).redeem.map(({ length }) => length)).to.deep.equal([3, 3, 1]);
    });

    it("counts what is under way, and pays what fits when the largest does not", () => {
      const winners = [ticket("large", { faceValue: 3n * FACE }), ticket("small")];
      const funds = { [A]: { deposit: 2n * FACE, underway: FACE } };
      expect(names(plan({ winners, funds }).redeem)).to.deep.equal(["small"]);
    });

    it("is a claim when nobody can pay it, a margin before it is too late, if there is an escrow", () => {
      const winners = [ticket("a")];
      const funds = { [A]: { deposit: FACE - 2n, allocation: 1n, escrow: 1n } };
      expect(plan({ winners, funds, time: 449 })).to.deep.include({ claim: [], lookAgain: 450 });
      expect(plan({ winners, funds, time: 450 }).claim).to.deep.equal(winners);
      expect(plan({ winners, funds, time: 450, price: FACE }).claim).to.be.empty;
      expect(plan({ winners, funds, time: 700 }).claim).to.be.empty;
      expect(plan({ winners, funds: { [A]: { deposit: 0n } }, time: 450 }).claim).to.be.empty;
      expect(plan({ winners, funds, time: 450, options: { claimDefaults: false } }).claim).to.be.empty;
      // What is under way may fail; then the sender could have paid.
      const busy = { [A]: { deposit: FACE, underway: FACE, escrow: 1n } };
      expect(plan({ winners, funds: busy, time: 450 })).to.deep.include({ claim: [], redeem: [] });
      const both = { [A]: { deposit: FACE - 1n, allocation: 1n, underway: 1n, escrow: 1n } };
      expect(plan({ winners, funds: both, time: 450 }).claim).to.be.empty;
      const exactly = {
        winners: [ticket("a", { faceValue: 7n * gas.claim })],
        funds: { [A]: { deposit: 0n, escrow: 1n } },
      };
      expect(plan({ ...exactly, time: 450, price: 7n }).claim).to.be.empty;
      expect(plan({ ...exactly, time: 450, price: 6n }).claim).to.have.length(1);
    });

    it("is settled when its sender can pay again", () => {
      const winners = [ticket("a", { isClaimed: true })];
      const poor = { [A]: { deposit: 0n, escrow: 1n } };
      expect(plan({ winners, funds: poor, time: 600 })).to.deep.include({ claim: [], settle: [], redeem: [] });
      expect(plan({ winners, time: 600 })).to.deep.include({ claim: [], settle: winners, redeem: [] });
      expect(plan({ winners, time: 900, price: FACE }).settle).to.be.empty;
      const exactly = [ticket("a", { isClaimed: true, faceValue: 7n * gas.settle })];
      expect(plan({ winners: exactly, time: 900, price: 7n }).settle).to.be.empty;
      expect(plan({ winners: exactly, time: 900, price: 6n }).settle).to.deep.equal(exactly);
    });
  });

  it("never loses, never spends more than there is, and in the margin leaves nothing that is worth its gas", () => {
    const candidate = fc.record({
      sender: fc.constantFrom(A, B),
      faceValue: fc.constantFrom(FACE / 100n, FACE / 8n, FACE, 3n * FACE),
      deadline: fc.integer({ min: 1, max: LIFE }),
      since: fc.integer({ min: 0, max: LIFE }),
    });
    const state = fc.record({
      time: fc.integer({ min: 0, max: LIFE }),
      price: fc.bigInt({ min: 1n, max: 3n * BREAK_EVEN }),
      a: fc.bigInt({ min: 0n, max: 20n * FACE }),
      b: fc.bigInt({ min: 0n, max: 20n * FACE }),
      winners: fc.array(candidate, { maxLength: 30 }),
      batchSize: fc.integer({ min: 1, max: 10 }),
    });
    fc.assert(
      fc.property(state, ({ time, price, a, b, winners: drawn, batchSize }) => {
        const winners = drawn.map((change, i) => ticket(`${i}`, change));
        const funds: Record<string, Partial<Funds>> = { [A]: { deposit: a }, [B]: { deposit: b } };
        const made = plan({ time, price, winners, funds, options: { batchSize, gather: 200 } });
        const sent = made.redeem.flat();
        expect(new Set(sent).size).to.equal(sent.length);
        for (const [sender, deposit] of [
          [A, a],
          [B, b],
        ] as const) {
          const spent = sent.filter((each) => each.sender === sender).reduce((sum, each) => sum + each.faceValue, 0n);
          expect(spent <= deposit).to.equal(true);
        }
        for (const batch of made.redeem) {
          expect(batch.length).to.be.within(1, batchSize);
          expect(batch.reduce((sum, each) => sum + each.faceValue, 0n) > batchGas(batch, gas) * price).to.equal(true);
          for (const each of batch) expect(time < each.deadline).to.equal(true);
        }
        const total = (sender: string): bigint =>
          winners.filter((each) => each.sender === sender).reduce((sum, each) => sum + each.faceValue, 0n);
        for (const each of winners) {
          const isLate = time < each.deadline && time >= each.deadline - 0.25 * each.deadline;
          const isCovered = total(each.sender) <= (each.sender === A ? a : b);
          const isWorth = each.faceValue > gas.single * price;
          if (isLate && isCovered && isWorth) expect(sent).to.include(each);
        }
      }),
      { numRuns: 500, seed: 11 },
    );
  });
});
