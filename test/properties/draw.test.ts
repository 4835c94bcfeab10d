import { expect } from "chai";
import { keccakHex } from "../../offchain/pm/crypto.ts";
import { commitmentOf, draw, ticketDigest } from "../../offchain/pm/ticket.ts";
import { digestOf, draw as modelDraw } from "../../sim/model/ticket.ts";

const ONE = 10n ** 18n;
const TICKETS = 1_000_000;
/** Lots of equal chance that the tickets of each probability are sorted into. */
const BINS = 100;
const PROBABILITIES = [ONE / 1_000n, ONE / 20n, ONE / 2n];
/** Above these a fair draw comes once in a million: with one degree of freedom, and with one less than there are bins. */
const LIMITS = { wins: 23.9, bins: 181 };

const DOMAIN = { chainId: 31_337n, broker: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };

describe("The draw", () => {
  it("P6: wins as often as the ticket says, over a million tickets at three probabilities: chi-square", function () {
    const each = TICKETS / PROBABILITIES.length;
    for (const [which, winProb] of PROBABILITIES.entries()) {
      const bins = new Array<number>(BINS).fill(0);
      let [wins, count] = [0, 0];
      let [recipientRand, commitment] = ["", ""];
      for (let i = 0; i < each; i += 1) {
        // Each random number is used for several salts, as the tickets of a session are.
        if (i % 10 === 0) {
          recipientRand = keccakHex(Buffer.from(`${which}/${i}`));
          commitment = commitmentOf(recipientRand);
        }
        const ticket = {
          recipient: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
          sender: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
          faceValue: ONE,
          winProb,
          salt: BigInt(i),
          commitment,
          commitmentIndex: BigInt(i),
          creationRound: 7,
        };
        const digest = ticketDigest(ticket, DOMAIN);
        const drawn = draw(digest, recipientRand);
        if (i % 20_000 === 0) {
          const model = digestOf({ ...ticket, creationRound: 7n }, DOMAIN);
          expect([model, modelDraw(model, BigInt(recipientRand))]).to.deep.equal([digest, drawn]);
        }
        if (drawn < winProb) wins += 1;
        bins[Math.floor((Number(drawn) / Number(ONE)) * BINS)]! += 1;
        count += 1;
      }
      const p = Number(winProb) / Number(ONE);
      expect(chiSquare([wins, count - wins], [count * p, count * (1 - p)]), `wins at ${p}`).to.be.lessThan(LIMITS.wins);
      const even = new Array<number>(BINS).fill(count / BINS);
      expect(chiSquare(bins, even), `draws at ${p}`).to.be.lessThan(LIMITS.bins);
    }
  });
});

const chiSquare = (counts: readonly number[], expected: readonly number[]): number =>
  counts.reduce((total, count, i) => total + (count - expected[i]!) ** 2 / expected[i]!, 0);
