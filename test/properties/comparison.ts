import { expect } from "chai";
import type { Ticket } from "../../sim/model/ticket.ts";
import { sum } from "./amounts.ts";
import type { Ledger } from "./ledger.ts";
import type { Pair } from "./pair.ts";
import { FIRST_ROUND } from "./stage.ts";
import type { Held } from "./tickets.ts";

/** Looks at contracts, model and diary, and expects them to say the same. */
export class Comparison {
  readonly #pair: Pair;
  readonly #ledger: Ledger;
  /** {wei ETH} Of all accounts in the beginning. */
  readonly #ether: bigint;
  /** {round} Creation rounds that were once seen closed. */
  readonly #closed = new Set<bigint>();
  /** {round} As last seen. */
  #firstOpen = 0n;

  constructor(pair: Pair, ledger: Ledger) {
    this.#pair = pair;
    this.#ledger = ledger;
    this.#ether = sum(pair.stage.accounts.map((account) => pair.model.ether.of(account)));
  }

  /** What every action can touch. */
  async whole(): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker, ether, rounds } = this.#pair.model;
    const have = {
      round: (await chain.read("rounds", "currentRound"))[0] as bigint,
      firstOpenRound: (await chain.read("broker", "firstOpenRound"))[0] as bigint,
      broker: await chain.balance(chain.addresses.broker),
      bonding: await chain.balance(chain.addresses.bonding),
    };
    expect(have).to.deep.equal({
      round: rounds.current,
      firstOpenRound: broker.firstOpenRound(),
      broker: ether.of(chain.addresses.broker),
      bonding: 0n,
    });
    const fell = have.firstOpenRound < this.#firstOpen;
    expect(fell, `P2: the first open round fell from ${this.#firstOpen} to ${have.firstOpenRound}`).to.equal(false);
    this.#firstOpen = have.firstOpenRound;
  }

  async account(account: string): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker, ether } = this.#pair.model;
    expect(
      {
        sender: [...((await chain.read("broker", "getSender", account))[0] as bigint[])],
        ether: await chain.balance(account),
      },
      `contract against model: account ${account}`,
    ).to.deep.equal({ sender: Object.values(broker.sender(account)), ether: ether.of(account) });
  }

  async ticket({ sender, recipient, commitmentIndex, creationRound }: Ticket): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker } = this.#pair.model;
    expect({
      closed: (await chain.read("broker", "isClosed", recipient, commitmentIndex))[0] as boolean,
      fees: (await chain.read("broker", "feesOf", recipient, creationRound))[0] as bigint,
      sender: [...((await chain.read("broker", "getSender", sender))[0] as bigint[])],
    }).to.deep.equal({
      closed: broker.isClosed(recipient, commitmentIndex),
      fees: broker.feesOf(recipient, creationRound),
      sender: Object.values(broker.sender(sender)),
    });
  }

  /** P2: which rounds are open, and that none opens again. */
  async windows(): Promise<void> {
    const { chain } = this.#pair.stage;
    const { broker, notices, rounds } = this.#pair.model;
    expect((await chain.read("broker", "longestValidity"))[0]).to.equal(broker.longestValidity());
    expect((await chain.read("bonding", "shortestNotice"))[0]).to.equal(notices.shortest);
    for (let round = rounds.current + 2n; round >= 0n && round + 36n > rounds.current; round -= 1n) {
      const last = (await chain.read("broker", "lastRedemptionRound", round))[0] as bigint;
      const open = last >= rounds.current;
      if (open) expect(last).to.equal(broker.lastRedemptionRound(round), `last round of tickets of ${round}`);
      expect(open).to.equal(broker.lastRedemptionRound(round) >= rounds.current, `whether ${round} is open`);
      expect(open && this.#closed.has(round), `P2: round ${round} opened again`).to.equal(false);
      expect(open && round < this.#firstOpen, `P2: ${round} is open, before ${this.#firstOpen}`).to.equal(false);
      if (!open) this.#closed.add(round);
    }
  }

  /** Every observable of contract and model, and that the money adds up. */
  async everything(held: readonly Held[]): Promise<void> {
    const { chain, accounts } = this.#pair.stage;
    const { broker, rounds } = this.#pair.model;
    await this.#pair.catchUp();
    await this.whole();
    for (const account of accounts) await this.account(account);
    await this.windows();

    const parameters = (await chain.read("broker", "parameters"))[0] as bigint[];
    expect([...parameters]).to.deep.equal(Object.values(broker.parameters));
    const announced = await chain.read("rounds", "lastAnnouncedRound");
    expect([...announced]).to.deep.equal([rounds.announced !== null, rounds.announced ?? 0n]);
    expect((await chain.read("rounds", "roundLength"))[0]).to.equal(rounds.length);
    for (const round of [rounds.current - 1n, rounds.current, rounds.current + 1n]) {
      if (round < FIRST_ROUND) continue;
      expect((await chain.read("rounds", "roundStart", round))[0]).to.equal(rounds.startOf(round), `start of ${round}`);
    }
    for (const { ticket } of held) await this.ticket(ticket);
    await this.#sums();
  }

  /** S7: what the broker holds is what it owes, from its own answers and from the diary. */
  async #sums(): Promise<void> {
    const { chain, accounts } = this.#pair.stage;
    const ledger = this.#ledger;
    let [deposits, everywhere, booked] = [0n, 0n, 0n];
    for (const account of accounts) {
      const [deposit, escrow] = (await chain.read("broker", "getSender", account))[0] as [bigint, bigint];
      deposits += deposit + escrow;
      everywhere += await chain.balance(account);
      for (const round of ledger.rounds(account)) {
        const fees = (await chain.read("broker", "feesOf", account, round))[0] as bigint;
        expect(fees).to.equal(ledger.fees(account, round), `S7: fees of ${account} in round ${round}`);
        booked += fees;
      }
    }
    const held = await chain.balance(chain.addresses.broker);
    expect(held).to.equal(deposits + booked + ledger.owed, "S7: the broker holds what it owes");
    expect(held).to.equal(ledger.funded - ledger.withdrawn - ledger.paid, "S7: ETH in = ETH out + held");
    expect(everywhere + held).to.equal(this.#ether, "S7: no ETH is lost");
  }
}
