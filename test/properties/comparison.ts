import { expect } from "chai";
import { sum } from "./amounts.ts";
import type { Ledger, Win } from "./ledger.ts";
import { describe, refusalOf } from "./pair.ts";
import type { Pair } from "./pair.ts";
import type { Promises } from "./promises.ts";
import { FIRST_ROUND } from "./stage.ts";
import { redemptionArgs, sign } from "./tickets.ts";

/** What names a commitment. */
export type Commitment = Pick<Win, "recipient" | "creationRound" | "commitmentIndex">;

/** A ticket that asks for all that a face value can be, on a commitment that no sequence uses. */
const PROBE = { faceValue: 2n ** 96n - 1n, winProb: 10n ** 18n, salt: 0n, rand: 0n, commitmentIndex: 2n ** 32n - 2n };

/** Looks at contracts, model and diary, and expects them to say the same. */
export class Comparison {
  readonly #pair: Pair;
  readonly #ledger: Ledger;
  readonly #promises: Promises;
  /** {wei ETH} Of all accounts in the beginning. */
  readonly #ether: bigint;
  /** {round} Creation rounds that were once seen closed. */
  readonly #closed = new Set<bigint>();
  /** {round} As last seen. */
  #firstOpen = 0n;

  constructor(pair: Pair, ledger: Ledger, promises: Promises) {
    this.#pair = pair;
    this.#ledger = ledger;
    this.#promises = promises;
    this.#ether = sum(pair.stage.accounts.map((account) => pair.model.ether.of(account)));
  }

  /** What every action can touch. */
  async whole(): Promise<void> {
    const { chain, treasury } = this.#pair.stage;
    const { broker, ether, rounds } = this.#pair.model;
    const have = {
      round: (await chain.read("rounds", "currentRound"))[0] as bigint,
      firstOpenRound: (await chain.read("broker", "firstOpenRound"))[0] as bigint,
      broker: await chain.balance(chain.addresses.broker),
      bonding: await chain.balance(chain.addresses.bonding),
      treasury: await chain.balance(treasury),
    };
    expect(have).to.deep.equal({
      round: rounds.current,
      firstOpenRound: broker.windows.firstOpenRound(),
      broker: ether.of(chain.addresses.broker),
      bonding: 0n,
      treasury: ether.of(treasury),
    });
    const fell = have.firstOpenRound < this.#firstOpen;
    expect(fell, `P2: the first open round fell from ${this.#firstOpen} to ${have.firstOpenRound}`).to.equal(false);
    this.#firstOpen = have.firstOpenRound;
  }

  async account(account: string): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker, ether } = this.#pair.model;
    expect(
      { sender: await this.#sender(account), ether: await chain.balance(account) },
      `contract against model: account ${account}`,
    ).to.deep.equal({ sender: Object.values(broker.senders.of(account)), ether: ether.of(account) });
  }

  /** P3: an allocation, and that it keeps what its recipient was promised. */
  async allocation(sender: string, recipient: string): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker, rounds } = this.#pair.model;
    const have = await this.#allocation(sender, recipient);
    expect(have, `allocation of ${sender} for ${recipient}`).to.deep.equal(
      Object.values(broker.allocations.of(sender, recipient)),
    );
    const round = rounds.current;
    const lastRound = (await chain.read("broker", "lastRedemptionRound", round))[0] as bigint;
    this.#promises.look(sender, recipient, have[0]!, have[1]!, round, lastRound);
  }

  async signer(sender: string, key: string): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker, rounds } = this.#pair.model;
    expect([...((await chain.read("broker", "signerOf", sender, key))[0] as bigint[])], `key ${key}`).to.deep.equal(
      Object.values(broker.signers.of(sender, key)),
    );
    for (let round = rounds.current - 2n; round <= rounds.current; round += 1n) {
      const spent = (await chain.read("broker", "spentBy", sender, key, round))[0] as bigint;
      expect(spent, `spent by ${key} in ${round}`).to.equal(broker.signers.spentBy(sender, key, round));
    }
  }

  /** What the key may take in each round of which a ticket can be redeemed: from the refusal of one that asks for more than there is. */
  async caps(sender: string, key: string): Promise<void> {
    const { stage, model } = this.#pair;
    await this.#pair.catchUp();
    const { broker, rounds } = model;
    const [recipient] = stage.recipients;
    for (let round = broker.windows.firstOpenRound(); round <= rounds.current; round += 1n) {
      const held = await sign(stage, { ...PROBE, sender, recipient: recipient!, key, creationRound: round });
      const args = redemptionArgs(held);
      const have = await stage.chain.refusalOf({ from: recipient!, on: "broker", method: "redeem", args });
      const want = refusalOf(() => void broker.winners.judge(recipient!, held));
      if (want !== null) expect(describe(have!), `cap of ${key} in ${round}`).to.equal(describe(want));
      const cap = (await stage.chain.read("broker", "capOf", sender, key, round))[0] as bigint;
      expect(cap, `cap of ${key} in ${round}`).to.equal(broker.signers.capOf(sender, key, round) ?? 0n);
    }
  }

  /** What a ticket for this commitment can touch. Of a round whose fees were handed over, nobody knows what had won. */
  async commitment({ recipient, creationRound, commitmentIndex }: Commitment): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker } = this.#pair.model;
    const forgotten = this.#ledger.wasPulled(recipient, creationRound);
    const asked = [recipient, creationRound, commitmentIndex] as const;
    const closed = (await chain.read("broker", "isClosed", ...asked))[0] as boolean;
    expect(
      {
        closed: forgotten || closed,
        fees: (await chain.read("broker", "feesOf", recipient, creationRound))[0] as bigint,
        debt: [...((await chain.read("broker", "defaultOf", ...asked))[0] as unknown[])],
      },
      `commitment ${commitmentIndex} of ${recipient} in ${creationRound}`,
    ).to.deep.equal({
      closed: forgotten || broker.winners.isClosed(...asked),
      fees: broker.fees.of(recipient, creationRound),
      debt: Object.values(broker.defaults.of(...asked)),
    });
  }

  /** P2: which rounds are open, and that none opens again. */
  async windows(): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker, notices, rounds } = this.#pair.model;
    expect((await chain.read("broker", "longestValidity"))[0]).to.equal(broker.windows.longestValidity());
    expect((await chain.read("bonding", "shortestNotice"))[0]).to.equal(notices.shortest);
    for (let round = rounds.current + 2n; round >= 0n && round + 36n > rounds.current; round -= 1n) {
      const last = (await chain.read("broker", "lastRedemptionRound", round))[0] as bigint;
      const expected = broker.windows.lastRedemptionRound(round);
      const open = last >= rounds.current;
      if (open) expect(last).to.equal(expected, `last round of tickets of ${round}`);
      expect(open).to.equal(expected >= rounds.current, `whether ${round} is open`);
      expect(open && this.#closed.has(round), `P2: round ${round} opened again`).to.equal(false);
      expect(open && round < this.#firstOpen, `P2: ${round} is open, before ${this.#firstOpen}`).to.equal(false);
      if (!open) this.#closed.add(round);
    }
  }

  /** Every observable of contract and model, and that the money adds up. */
  async everything(seen: readonly Commitment[]): Promise<void> {
    const { chain, accounts, senders, recipients, keys } = this.#pair.stage;
    const { broker, rounds } = this.#pair.model;
    await this.#pair.catchUp();
    await this.whole();
    for (const account of accounts) await this.account(account);
    for (const sender of senders) {
      for (const recipient of recipients) await this.allocation(sender, recipient);
      for (const key of keys) {
        await this.signer(sender, key);
        await this.caps(sender, key);
      }
    }
    await this.windows();

    const parameters = (await chain.read("broker", "parameters"))[0] as bigint[];
    expect([...parameters]).to.deep.equal(Object.values(broker.windows.parameters));
    const announced = await chain.read("rounds", "lastAnnouncedRound");
    expect([...announced]).to.deep.equal([rounds.announced !== null, rounds.announced ?? 0n]);
    expect((await chain.read("rounds", "roundLength"))[0]).to.equal(rounds.length);
    for (const round of [rounds.current - 1n, rounds.current, rounds.current + 1n]) {
      if (round < FIRST_ROUND) continue;
      expect((await chain.read("rounds", "roundStart", round))[0]).to.equal(rounds.startOf(round), `start of ${round}`);
    }
    for (const commitment of seen) await this.commitment(commitment);
    await this.#sums();
  }

  /** S7: what the broker holds is what it owes, from its own answers and from the diary. */
  async #sums(): Promise<void> {
    const { chain, accounts, senders, recipients, treasury } = this.#pair.stage;
    const ledger = this.#ledger;
    let [owned, everywhere, booked] = [0n, 0n, 0n];
    for (const account of accounts) {
      everywhere += await chain.balance(account);
      for (const round of ledger.rounds(account)) {
        const fees = (await chain.read("broker", "feesOf", account, round))[0] as bigint;
        expect(fees).to.equal(ledger.fees(account, round), `S7: fees of ${account} in round ${round}`);
        booked += fees;
      }
    }
    for (const sender of senders) {
      const [deposit, escrow] = await this.#sender(sender);
      let left = deposit! + escrow!;
      for (const recipient of recipients) left += (await this.#allocation(sender, recipient))[0]!;
      expect(left).to.equal(ledger.left(sender), `P1: what winners have left to ${sender}`);
      owned += left;
    }
    const held = await chain.balance(chain.addresses.broker);
    const forfeited = ledger.total("forfeited");
    const gone = ledger.total("withdrawn") + forfeited + ledger.paid;
    expect(held).to.equal(owned + booked + ledger.owed, "S7: the broker holds what it owes");
    expect(held).to.equal(ledger.total("funded") - gone, "S7: ETH in = ETH out + held");
    expect(await chain.balance(treasury)).to.equal(forfeited, "P4: the treasury has what was forfeited");
    expect(everywhere + held + forfeited).to.equal(this.#ether, "S7: no ETH is lost");
  }

  async #sender(sender: string): Promise<bigint[]> {
    return [...((await this.#pair.stage.chain.read("broker", "getSender", sender))[0] as bigint[])];
  }

  async #allocation(sender: string, recipient: string): Promise<bigint[]> {
    return [...((await this.#pair.stage.chain.read("broker", "allocationOf", sender, recipient))[0] as bigint[])];
  }
}
